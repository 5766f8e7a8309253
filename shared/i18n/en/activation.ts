// Why the edge refused an activation: what the operator tells the person, and what can be done.
export const activation = {
  unknown_person: {
    what: 'No person has this number',
    next: 'Read the number from the document again. If it is right, send the person to a civil-affairs office.',
  },
  already_active: {
    what: 'This account is already active',
    next: 'It needs no activation. If the person has lost phone or password, recover the account.',
  },
  nothing_to_recover: {
    what: 'This account is not active, so there is nothing to recover',
    next: 'Activate it: the person gets a setup code with that.',
  },
  account_suspended: {
    what: 'This account is suspended',
    next: 'Send the person to a civil-affairs office, with their document.',
  },
  account_closed: {
    what: 'This account was closed',
    next: 'It cannot be opened again. Send the person to a civil-affairs office.',
  },
  no_match: {
    what: 'The finger is not the one that is enrolled',
    next: 'Check the number and the document. Clean the finger and the reader, then start again with another finger.',
  },
  too_few_minutiae: {
    what: 'Too little of the finger could be read',
    next: 'Start again with another finger: dry, flat, in the middle of the glass.',
  },
  evidence_replayed: {
    what: 'This fingerprint was used before',
    next: 'Start again and read the finger anew. If it happens again, report the reader to your supervisor.',
  },
  evidence_stale: {
    what: 'The fingerprint was read too long ago',
    next: 'Start again with the person present.',
  },
  evidence_unreadable: {
    what: 'What this kiosk sent could not be opened',
    next: 'Update the kiosk on the status screen, then start again. If it happens again, tell your supervisor.',
  },
  operator_not_on_duty: {
    what: 'You are not on duty at this kiosk',
    next: 'Log in again here, then start again.',
  },
  requirements_not_met: {
    what: 'Something that is required was missing',
    next: 'Start again and see what is asked for: an appointment, or a guardian who is present.',
  },
  age_not_allowed: {
    what: 'At this age no account can be activated',
    next: 'Tell the guardian from which age an account is possible.',
  },
  document_expired: {
    what: 'The person’s document has expired',
    next: 'The document is renewed first, then the account can be activated.',
  },
  no_enrolled_fingers: {
    what: 'No fingerprint of this person is enrolled',
    next: 'Send the person to a civil-affairs office, where fingers can be enrolled.',
  },
  account_locked: {
    what: 'Too many tries failed; the account is locked for a while',
    next: 'Tell the person when to come again. More tries now make it longer.',
  },
  session_mismatch: {
    what: 'The request does not belong to the session it names',
    next: 'Start again with the person present.',
  },
  centre_not_allowed: {
    what: 'This centre may not activate this person',
    next: 'Send the person to a centre that may: a civil-affairs office always may.',
  },
  appointment_missing: {
    what: 'There is no appointment',
    next: 'The guardian books one first, then comes with the minor.',
  },
  appointment_elsewhere: {
    what: 'The appointment is at another centre',
    next: 'Send them there, or let the guardian book one here.',
  },
  appointment_not_now: {
    what: 'The appointment is not for now',
    next: 'Come back at its time, or let the guardian change it.',
  },
  guardian_missing: {
    what: 'A guardian must be present',
    next: 'Start again when the guardian is here, with their own finger.',
  },
  guardian_not_related: {
    what: 'The registry does not name this guardian',
    next: 'Only a guardian of the registry can stand for the minor.',
  },
  guardian_not_eligible: {
    what: 'This guardian cannot stand for the minor now',
    next: 'Another guardian of the registry may come, or they ask a civil-affairs office.',
  },
  guardian_no_match: {
    what: 'The guardian’s finger is not the one that is enrolled',
    next: 'Clean the finger and the reader, then start again with another finger of the guardian.',
  },
  own_account: { what: 'You may not activate your own account', next: 'A colleague does it.' },
  supervisor_missing: {
    what: 'A supervisor’s approval is missing',
    next: 'Call a supervisor of this centre, then start again.',
  },
  exception_not_justified: {
    what: 'The exception was not accepted',
    next: 'A finger of this person can be read. Start again and read it.',
  },
  supervisor_not_verified: {
    what: 'The supervisor’s own fingerprint is missing',
    next: 'The supervisor enrols a finger once, with a code from the authority, and reads it for each approval. Start again.',
  },
  supervisor_no_match: {
    what: 'The finger is not the supervisor’s',
    next: 'Start again. The supervisor who logged in reads the finger that they enrolled.',
  },
  document_photo_missing: {
    what: 'The photo of the document is missing',
    next: 'Start again and take the photo with this kiosk’s camera.',
  },
  operator_finger: {
    what: 'This finger belongs to somebody who works here',
    next: 'Stop. It was shown for another person: call your supervisor.',
  },
  finger_of_many: {
    what: 'This finger was shown for other people too',
    next: 'Stop and call your supervisor: the same finger stood for several persons.',
  },
  reader_not_trusted: {
    what: 'The fingerprint reader is not one that the authority trusts',
    next: 'Use another reader, and tell your supervisor about this one.',
  },
  capture_mismatch: {
    what: 'The fingerprint was read for something else',
    next: 'Start again and read the finger anew.',
  },
  capture_unreadable: {
    what: 'The authority could not read the fingerprint that the reader sealed',
    next: 'Clean the finger and the reader, then start again. If it happens again, use another reader.',
  },
};
