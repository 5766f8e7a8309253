// Why a kiosk or an edge says no, apart from verdicts and activations. One table, hence its length.
const startAgain = 'Start again. If it happens again, tell your supervisor.';
const callSupervisor = 'Do not use this reader any more. Tell your supervisor.';

/** The fingerprint reader, or the service that drives it. */
export const reader = {
  reader_not_found: { what: 'No fingerprint reader is connected', next: 'Plug the reader in, then try again.' },
  reader_not_ready: { what: 'The reader is not ready yet', next: 'Wait a few seconds, then try again.' },
  reader_busy: { what: 'The reader is in use', next: 'Wait until it is free, then try again.' },
  reader_not_registered: {
    what: 'This reader is not registered',
    next: 'Use a registered reader, or tell your supervisor.',
  },
  reader_unreachable: {
    what: 'The reader’s service does not answer',
    next: 'Unplug the reader, plug it in, and try again.',
  },
  reader_driver_missing: { what: 'The reader’s driver is not installed', next: 'Tell your supervisor.' },
  reader_licence_refused: { what: 'The reader’s licence was refused', next: 'Tell your supervisor.' },
  reader_key_expired: {
    what: 'The reader’s key has expired',
    next: 'Tell your supervisor: it must be registered anew.',
  },
  reader_tampered: { what: 'The reader says that it was opened', next: callSupervisor },
  reader_unsupported: { what: 'This kiosk does not know this reader', next: 'Use another reader.' },
  reader_failed: { what: 'The reader failed', next: 'Unplug it, plug it in, and try again.' },
  reader_unplugged: { what: 'The reader was unplugged', next: 'Plug it in, then try again.' },
  reader_management_unreachable: {
    what: 'The reader cannot reach its maker’s service',
    next: 'Check the line, then try again. If it goes on, use another reader.',
  },
  certification_too_low: {
    what: 'This reader is not certified for this work',
    next: 'Use a reader with the certification that is asked for.',
  },
  encryption_key_missing: {
    what: 'The reader does not have the network’s key',
    next: 'Tell your supervisor: the reader must be given the key.',
  },
  request_refused: {
    what: 'The reader does not accept what was asked',
    next: 'Try again with one finger. If it happens again, use another reader.',
  },
  capture_timeout: {
    what: 'No finger was read in time',
    next: 'Try again and keep the finger on the glass until you are told.',
  },
  capture_cancelled: { what: 'The reading was cancelled', next: 'Read the finger when the person is ready.' },
  finger_not_seen: { what: 'No finger was on the glass', next: 'Put the finger flat in the middle of the glass.' },
  finger_orientation: {
    what: 'The finger lay the wrong way round',
    next: 'Put the finger straight, its tip pointing away from the person.',
  },
  finger_unreadable: {
    what: 'The finger could not be read',
    next: 'Dry or moisten the finger, clean the glass, or take another finger.',
  },
  quality_too_low: {
    what: 'The print is not clear enough',
    next: 'Press a little more, flat, in the middle; or take another finger.',
  },
  finger_count_wrong: { what: 'More than one finger was on the glass', next: 'One finger only.' },
  liveness_failed: {
    what: 'The reader did not see a live finger',
    next: 'Try again with a clean, dry finger. Nothing may cover it.',
  },
  answer_too_large: { what: 'The reader answered more than it may', next: callSupervisor },
  answer_malformed: {
    what: 'The reader’s answer could not be understood',
    next: 'Try again. If it happens again, use another reader.',
  },
  template_unreadable: {
    what: 'The reader’s template could not be understood',
    next: 'Try again. If it happens again, use another reader.',
  },
  answer_too_late: { what: 'The reader answered too late', next: 'Try again.' },
  capture_repeated: { what: 'The reader sent the same print twice', next: callSupervisor },
  transaction_mismatch: {
    what: 'The reader answered another question',
    next: 'Try again. If it happens again, use another reader.',
  },
  timestamp_stale: { what: 'The reader’s clock is wrong', next: 'Unplug it, plug it in, and try again.' },
  hash_chain_broken: { what: 'The reader’s record is broken', next: callSupervisor },
  signer_unknown: { what: 'The reader’s answer was signed by a stranger', next: callSupervisor },
  signature_bad: { what: 'The reader’s signature is wrong', next: callSupervisor },
  signature_missing: { what: 'The reader did not sign its answer', next: callSupervisor },
  version_mismatch: {
    what: 'The reader answered in another version of its language',
    next: 'Try again. If it happens again, use another reader.',
  },
  serial_changed: { what: 'This is not the reader that was here', next: 'Tell your supervisor before you go on.' },
  finger_mismatch: {
    what: 'Another finger was read than the one asked for',
    next: 'Take the finger that the screen names.',
  },
  purpose_mismatch: {
    what: 'The reader answered for another purpose',
    next: 'Try again. If it happens again, use another reader.',
  },
  environment_mismatch: { what: 'This is a test reader', next: 'Use a reader that is approved for real work.' },
  encryption_key_mismatch: {
    what: 'The reader sealed its answer to another key',
    next: 'Tell your supervisor: it must be registered anew.',
  },
};

/** The edge could not be asked, or said no before it looked at the act. */
export const edge = {
  line_down: { what: 'The line is down', next: 'Try again in a minute. Checking codes works without it.' },
  edge_busy: { what: 'The network is busy', next: 'Try again in a minute.' },
  entry_damaged: {
    what: 'This request was damaged on the kiosk’s disk',
    next: 'It stays for your supervisor to look at. The person is activated anew.',
  },
  edge_misbehaved: {
    what: 'The network gave an answer that makes no sense',
    next: 'Try again. If it happens again, tell your supervisor.',
  },
  kiosk_revoked: { what: 'This kiosk was withdrawn', next: 'It may not be used any more. Tell your supervisor.' },
  kiosk_unknown: { what: 'The network does not know this kiosk', next: 'Enrol it again with a new invitation.' },
  clock_rejected: {
    what: 'This kiosk’s clock is wrong',
    next: 'Set date and time in the machine’s settings, then try again.',
  },
  not_enrolled: { what: 'This kiosk is not enrolled', next: 'Enrol it with an invitation first.' },
  kiosk_held: {
    what: 'This kiosk is held: too much failed here',
    next: 'A supervisor must log in at it. What waits is kept and is sent afterwards.',
  },
};

/** What this kiosk itself would not do. */
export const kioskActs = {
  bad_input: { what: 'Something was filled in wrongly', next: 'Check the field and try again.' },
  unexpected: {
    what: 'Something is broken in this kiosk',
    next: 'Nothing was lost. Start the kiosk again and tell your supervisor.',
  },
  disk_full: {
    what: 'This kiosk’s disk is full',
    next: 'Nothing was lost, and nothing more can be recorded. Ask for room to be made on it, then try again.',
  },
  disk_failed: {
    what: 'This kiosk’s disk does not read or write',
    next: 'Do not activate anybody here. Tell your supervisor: what waits to be sent may still be on it.',
  },
  state_damaged: {
    what: 'What this kiosk keeps is damaged',
    next: 'Nothing was deleted. Do not reinstall it: tell your supervisor, as activations may still wait in it.',
  },
  state_newer: {
    what: 'What this kiosk keeps is of a newer version of its program',
    next: 'Ask for the newer program to be installed again.',
  },
  state_in_use: { what: 'The kiosk’s program runs already', next: 'Use the window that is open.' },
  state_locked: {
    what: 'The key to what this kiosk keeps is missing',
    next: 'Nothing was deleted. Tell your supervisor: its key must be put back.',
  },
  invitation_malformed: {
    what: 'This is not an invitation',
    next: 'Copy the whole text that the console gave, from its first to its last character.',
  },
  invitation_refused: {
    what: 'The invitation is used up, too old, or not known',
    next: 'Ask for a new one. Each works once.',
  },
  roots_do_not_match: {
    what: 'The network that answered is not the one that invited you',
    next: 'Check the address. Do not go on if it is right: report it.',
  },
  already_enrolled: { what: 'This kiosk is already enrolled', next: 'Nothing has to be done.' },
  edge_address_not_allowed: {
    what: 'This address may not be used',
    next: 'It must begin with https:// and name your country’s network.',
  },
  wrong_credentials: {
    what: 'The user name or the password is wrong',
    next: 'Try again. After several wrong tries you are locked for a while.',
  },
  operator_locked: { what: 'You are locked after too many wrong tries', next: 'Wait, or ask your supervisor.' },
  operator_not_here: { what: 'You do not work in this centre', next: 'Ask your supervisor to assign you here.' },
  no_operator: { what: 'Nobody is logged in', next: 'Log in first.' },
  activation_unknown: { what: 'This activation is not known here', next: startAgain },
  activation_busy: { what: 'The activation is being worked on', next: 'Wait a moment.' },
  session_expired: { what: 'This activation took too long', next: 'Start again with the person present.' },
  session_refused: { what: 'The network did not open an activation', next: startAgain },
  captures_missing: { what: 'A fingerprint is still missing', next: 'Read the finger first.' },
  captures_used_up: { what: 'The finger was read as often as is allowed', next: 'Start again, with another finger.' },
  clock_not_known_good: {
    what: 'This kiosk’s clock is not known to be right',
    next: 'Without the line nothing can be recorded now. Connect the kiosk once, then start again.',
  },
  never_synced: { what: 'This kiosk has never been updated', next: 'Connect it to the network once.' },
  offline_not_allowed: {
    what: 'The line is down, and this kind of centre may not record without it',
    next: 'Wait for the line, or send the person to a centre that may.',
  },
  no_appointment: { what: 'There is no open appointment', next: 'Book one, if one is needed.' },
  already_booked: { what: 'There is an appointment already', next: 'Move it, or cancel it first.' },
  slot_full: { what: 'This time is full', next: 'Choose another time.' },
  slot_closed: { what: 'The centre has no appointments then', next: 'Choose another time.' },
  slot_past: { what: 'This time has passed', next: 'Choose a later one.' },
  slot_too_far: { what: 'This is too far ahead', next: 'Choose a time within sixty days.' },
  centre_unknown: { what: 'There is no such centre any more', next: 'Choose another centre.' },
  appointment_elsewhere: {
    what: 'The appointment is at another centre',
    next: 'Send the person there, or move it here.',
  },
  appointment_not_now: {
    what: 'The appointment is not now',
    next: 'It counts from half an hour before its time to an hour after. Move it, or ask the person to come back.',
  },
  appointment_refused: { what: 'The network did not keep the appointment', next: startAgain },
  guardian_not_needed: { what: 'No guardian is needed here', next: 'Read the person’s own finger.' },
  guardian_is_person: {
    what: 'This is the minor’s own number',
    next: 'Type the number on the guardian’s document.',
  },
  exception_not_allowed: {
    what: 'This centre may not activate without a finger',
    next: 'Send the person to a civil-affairs office or a post office.',
  },
  exception_too_early: {
    what: 'The finger was not tried often enough',
    next: 'Try as often as the screen allows, with other fingers too.',
  },
  approval_missing: {
    what: 'A supervisor has not approved it yet',
    next: 'A supervisor approves it here with their password and their own finger.',
  },
  exception_needs_line: {
    what: 'The line is down, and a supervisor can only approve with it',
    next: 'Read a finger that can be read, or wait for the line.',
  },
  document_missing: { what: 'The photo of the document is missing', next: 'Take it with this kiosk’s camera.' },
  photo_unreadable: { what: 'The photo could not be used', next: 'Take it again, with more light.' },
  evidence_too_large: { what: 'This is more than one request can carry', next: 'Start again, with fewer prints.' },
  supervisor_not_enrolled: {
    what: 'This supervisor has no finger enrolled',
    next: 'They log in here, open “My own finger” and enrol it with a code from the authority. Or another supervisor approves.',
  },
  enrolment_unknown: { what: 'The reading of your finger has ended', next: 'Start again.' },
  finger_code_refused: {
    what: 'The code is wrong, used up or too old',
    next: 'Type it again. If it is right, ask the authority for a new one.',
  },
  fingers_differ: {
    what: 'These are not three prints of one finger',
    next: 'Start again and read the same finger each time.',
  },
  finger_of_colleague: {
    what: 'This finger belongs to somebody else who works here',
    next: 'Everybody enrols their own. This is on record.',
  },
  finger_refused: { what: 'The network did not enrol the finger', next: startAgain },
  not_a_supervisor: {
    what: 'This is not a supervisor, or the one who is operating',
    next: 'Another person, who is a supervisor of this centre, approves it.',
  },
  number_malformed: { what: 'This is not a unified number', next: 'Read the ten digits again and type them anew.' },
  outbox_full: {
    what: 'Too many activations are waiting to be sent',
    next: 'Connect the kiosk to the network before you record more.',
  },
  not_activated: {
    what: 'This activation has not been decided yet',
    next: 'Connect the kiosk to the network and come back.',
  },
  trust_list_refused: {
    what: 'The list of issuers that came is not signed as it must be',
    next: 'The old one stays in use. Tell your supervisor.',
  },
  trust_list_rolled_back: {
    what: 'The list of issuers that came is older than the one here',
    next: 'The newer one stays in use. Tell your supervisor.',
  },
  trust_list_forked: {
    what: 'Two different lists of issuers carry the same number',
    next: 'No code is accepted here until the authority has settled it. Tell it at once: somebody may be signing false lists.',
  },
  status_list_forked: {
    what: 'Two different lists of revocations carry the same number',
    next: 'No code is accepted here until the authority has settled it. Tell it at once: somebody may be signing false lists.',
  },
  status_list_refused: {
    what: 'The list of revocations that came is not signed as it must be',
    next: 'The old one stays in use. Tell your supervisor.',
  },
  status_list_rolled_back: {
    what: 'The list of revocations that came is older than the one here',
    next: 'The newer one stays in use. Tell your supervisor.',
  },
};

/** Problem documents that any of our APIs may answer. */
export const problems = {
  not_found: { what: 'There is nothing here', next: 'Check the address.' },
  unexpected: { what: 'Something is broken on our side', next: 'Nothing was changed. Try again later.' },
  body_too_large: { what: 'Too much was sent', next: 'Send less.' },
  not_json: { what: 'JSON was expected', next: 'Send application/json.' },
  bad_json: { what: 'What was sent is not JSON', next: 'Send JSON in UTF-8.' },
  bad_input: { what: 'Something was filled in wrongly', next: 'Check what was sent.' },
  bad_limit: { what: 'A page cannot have so many rows', next: 'Ask for fewer, one at least.' },
  bad_after: { what: 'No page begins there', next: 'Send "next" of the page before as "after".' },
  unauthorized: { what: 'You are not logged in', next: 'Log in first.' },
  key_missing: { what: 'An API key is missing', next: 'Send it as a bearer token.' },
  key_unknown: { what: 'This API key is not valid', next: 'Check it, or ask for a new one.' },
  verifier_suspended: { what: 'This business is suspended', next: 'Ask the authority.' },
  context_not_allowed: { what: 'You may not check in this context', next: 'Ask the authority to widen your policy.' },
  challenge_not_yours: { what: 'This challenge is another business’s', next: 'Show a new one that names yours.' },
  lists_not_ready: { what: 'The lists are not there yet', next: 'Try again in a few seconds.' },
  scope_missing: { what: 'This token may not do that', next: 'Use a token with the scope that is named.' },
  verifier_unknown: { what: 'There is no such business', next: 'Check its identifier.' },
  too_many_checks: { what: 'Too many checks at once', next: 'Wait a moment, then try again.' },
  token_unknown: { what: 'This access token is not valid here', next: 'Ask for a new one, then try again.' },
  client_unknown: { what: 'There is no such client', next: 'Check its identifier.' },
  client_taken: { what: 'This client speaks for another business', next: 'Register a client for each business.' },
  idempotency_key_used: { what: 'This key was used for another request', next: 'Take a new idempotency key.' },
};
