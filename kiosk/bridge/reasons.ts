// Every reason with which the kiosk says no, by the act it belongs to. Screens have a sentence for each, in both languages.

/** Why the kiosk's disk does not give or take what it should. */
export const diskReasons = [
  'disk_full',
  'disk_failed',
  'state_damaged',
  'state_newer',
  'state_in_use',
  'state_locked',
] as const;

/**
 * Any call may answer these: the renderer sent what the contract does not allow, the disk failed, or the kiosk has a bug (its log
 * says which).
 */
export const bridgeReasons = ['bad_input', 'unexpected', ...diskReasons] as const;

/** The edge could not be asked, or said no before it looked at the act. */
export const edgeReasons = [
  'line_down',
  'edge_busy',
  'edge_misbehaved',
  'kiosk_revoked',
  'kiosk_unknown',
  'clock_rejected',
  'not_enrolled',
  'kiosk_held',
  'entry_damaged',
] as const;

export const enrolReasons = [
  'invitation_malformed',
  'invitation_refused',
  'roots_do_not_match',
  'already_enrolled',
  'edge_address_not_allowed',
] as const;

export const operatorReasons = ['wrong_credentials', 'operator_locked', 'operator_not_here', 'no_operator'] as const;

/** What a fingerprint reader, or its service, may be the cause of. */
export const readerReasons = [
  // nothing there, or not now
  'reader_not_found',
  'reader_not_ready',
  'reader_busy',
  'reader_not_registered',
  'reader_unreachable',
  'reader_driver_missing',
  'reader_licence_refused',
  'reader_key_expired',
  'reader_tampered',
  'reader_unsupported',
  'reader_failed',
  'reader_unplugged',
  'reader_management_unreachable',
  'certification_too_low',
  'encryption_key_missing',
  'request_refused',
  // the capture itself
  'capture_timeout',
  'capture_cancelled',
  'finger_not_seen',
  'finger_unreadable',
  'finger_orientation',
  'quality_too_low',
  'finger_count_wrong',
  'liveness_failed',
  // a device that lies or sends rubbish
  'answer_too_large',
  'answer_malformed',
  'template_unreadable',
  'answer_too_late',
  'capture_repeated',
  'transaction_mismatch',
  'timestamp_stale',
  'hash_chain_broken',
  'signer_unknown',
  'signature_bad',
  'signature_missing',
  'version_mismatch',
  'serial_changed',
  'finger_mismatch',
  'purpose_mismatch',
  'environment_mismatch',
  'encryption_key_mismatch',
] as const;
export type ReaderReason = (typeof readerReasons)[number];

export const activationReasons = [
  'no_operator',
  'activation_unknown',
  'activation_busy',
  'session_expired',
  'session_refused',
  'captures_missing',
  'captures_used_up',
  'clock_not_known_good',
  'never_synced',
  'outbox_full',
  'offline_not_allowed',
  'number_malformed',
  'unknown_person',
  'already_active',
  'nothing_to_recover',
  'account_suspended',
  'account_closed',
  'account_locked',
  'age_not_allowed',
  'document_expired',
  'no_enrolled_fingers',
  'appointment_missing',
  'appointment_elsewhere',
  'appointment_not_now',
  'guardian_missing',
  'guardian_not_needed',
  'guardian_is_person',
  'guardian_not_related',
  'guardian_not_eligible',
  'exception_not_allowed',
  'exception_too_early',
  'exception_needs_line',
  'document_missing',
  'photo_unreadable',
  'evidence_too_large',
  'approval_missing',
  'not_a_supervisor',
  'supervisor_not_enrolled',
] as const;

/** Why an operator's own finger is not enrolled. */
export const fingerReasons = [
  'no_operator',
  'enrolment_unknown',
  'activation_busy',
  'captures_missing',
  'captures_used_up',
  'never_synced',
  'finger_code_refused',
  'fingers_differ',
  'finger_of_colleague',
  'evidence_stale',
  'evidence_unreadable',
  'evidence_replayed',
  'finger_refused',
] as const;

/** Why the edge keeps no appointment. */
export const appointmentReasons = [
  'no_operator',
  'number_malformed',
  'unknown_person',
  'no_appointment',
  'already_booked',
  'slot_full',
  'slot_closed',
  'slot_past',
  'slot_too_far',
  'centre_unknown',
  'appointment_elsewhere',
  'appointment_not_now',
  'appointment_refused',
] as const;

export const outboxReasons = ['activation_unknown', 'not_activated'] as const;

export const syncReasons = [
  'trust_list_refused',
  'trust_list_rolled_back',
  'trust_list_forked',
  'status_list_refused',
  'status_list_rolled_back',
  'status_list_forked',
] as const;
