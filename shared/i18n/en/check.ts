// Why a code was not accepted: one sentence for each check of a verification. It may be read aloud at a counter.
const otherCode = 'Ask for another code: a live one from the phone, or a new print.';
const notOurs = 'Do not accept it. Ask for another proof of identity.';
const updateLists = 'Connect to the network, update the lists, and check again.';
const showAgain = 'Ask the holder to show the code from the phone again.';

export const check = {
  usable_in_context: { what: 'This identity is never valid for crossing a border', next: 'Ask for a passport.' },
  text_within_limits: { what: 'This is not an identity code', next: otherCode },
  base45_well_formed: {
    what: 'This is not an identity code, or it was read wrongly',
    next: 'Scan it again. ' + otherCode,
  },
  zlib_well_formed: { what: 'This code is damaged or was altered', next: otherCode },
  cose_well_formed: { what: 'This code is damaged or was altered', next: otherCode },
  token_well_formed: { what: 'This code is damaged or was altered', next: otherCode },
  payload_well_formed: { what: 'This code is damaged or was altered', next: otherCode },
  profile_taken: { what: 'This kind of code is not accepted here', next: 'Ask for a live code from the phone.' },
  pass_for_age: {
    what: 'This is an age pass: it says an age and names nobody',
    next: 'It is good for age checks only. Here, ask for the code of the identity.',
  },
  bound_only_in_token: {
    what: 'This is a copy of a live code, taken from somebody’s phone',
    next: 'Do not accept it. Ask the holder to open the wallet and show the code.',
  },
  token_holds_bound: { what: 'This code was put together wrongly', next: notOurs },
  answers_challenge: {
    what: 'This code does not answer your question',
    next: 'Ask the holder to scan your code with the wallet first.',
  },
  for_this_verifier: { what: 'This code was made for somebody else', next: showAgain },
  issuer_in_fresh_list: { what: 'The issuer may be newer than the list here', next: updateLists },
  issuer_known: { what: 'No known issuer made this code', next: notOurs },
  key_for_credentials: { what: 'The key behind this code may not issue identities', next: notOurs },
  issuer_signature: { what: 'The signature is wrong: the code is forged or was altered', next: notOurs },
  issuer_named: { what: 'The issuer’s name does not fit its key', next: notOurs },
  key_valid_at_issuance: { what: 'The issuer’s key was not valid when this code was made', next: notOurs },
  key_accepted_now: {
    what: 'Codes made with this old key are no longer accepted',
    next: 'The holder needs a new code.',
  },
  key_not_compromised: {
    what: 'The key behind this code was stolen',
    next: 'Do not accept it. The holder needs a new code.',
  },
  already_valid: { what: 'This code is not valid yet', next: 'Check that this device’s date and time are right.' },
  not_expired: { what: 'This code has expired', next: 'The holder needs a new code.' },
  holder_signature: { what: 'This code was not made by its holder’s phone', next: notOurs },
  token_within_credential: { what: 'This code is past its end', next: showAgain },
  frame_fresh: {
    what: 'This live code is too old: it may be a picture of one',
    next: showAgain + ' Check that this device’s time is right.',
  },
  revocable: { what: 'This code cannot be checked for revocation', next: notOurs },
  status_list_at_hand: { what: 'The list of revocations for this code is not here', next: updateLists },
  not_revoked: { what: 'This identity was revoked', next: 'Do not accept it. The holder asks a service centre.' },
  not_suspended: {
    what: 'This identity is suspended',
    next: 'Do not accept it now. The holder asks a service centre.',
  },
  claims_readable: { what: 'What this code says cannot be read', next: otherCode },
  old_enough: {
    what: 'The holder is not old enough, or the code does not say',
    next: 'Do not accept it for this purpose.',
  },
  copy_has_face: {
    what: 'This is a copy, and there is no picture to compare with its holder',
    next: 'Ask for a live code or an age pass from the phone, or for a print with a picture.',
  },
  issuance_confirmed: {
    what: 'The key behind this code was stolen, and only the issuer’s log can tell whether it is genuine',
    next: 'Connect to the network and check online, or ask for a new code.',
  },
  lists_agree: {
    what: 'Signed lists that contradict each other were shown here, and the authority has not yet settled it',
    next: 'Nothing can be accepted by them. Ask for another proof of identity, and tell the authority.',
  },
  trust_list_fresh: { what: 'The list of issuers here is too old to decide', next: updateLists },
  status_list_fresh: { what: 'The list of revocations here is too old to decide', next: updateLists },
  first_showing: {
    what: 'This very code was shown here a moment ago',
    next: 'Wait a few seconds for the next one, and scan that.',
  },
};
