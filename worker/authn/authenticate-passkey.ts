// Login with a passkey: the login's own challenge, signed after user verification by a key that was bound before (WebAuthn §7.2).

import {
  generateAuthenticationOptions,
  type PublicKeyCredentialRequestOptionsJSON,
  verifyAuthenticationResponse,
} from '@simplewebauthn/server';
import type { EpochSeconds } from '../../shared/base/brands.ts';
import { err, ok, type Result } from '../../shared/base/result.ts';
import { decodeBase64Url } from '../../shared/bytes/base64url.ts';
import { decodeUtf8 } from '../../shared/bytes/text.ts';
import type { Authenticators } from '../store/authenticators.ts';
import type { LoginSubjects } from '../store/login-subjects.ts';
import { parseSubjectId } from '../store/shard-map.ts';
import { type AccountRefusal, type Authenticated, admit } from './authentication.ts';
import {
  levelOfPasskey,
  type PasskeyAssertion,
  type PasskeyData,
  type PasskeySite,
  passkeyTimeoutMs,
} from './passkey.ts';

export type PasskeyRefusal =
  | AccountRefusal
  | { readonly reason: 'passkey_unknown' | 'passkey_invalid' | 'passkey_counter' };

export type PasskeyLoginNeeds = {
  readonly subjects: Pick<LoginSubjects, 'find'>;
  readonly authenticators: Pick<Authenticators, 'replaceData'>;
  readonly site: PasskeySite;
  readonly now: EpochSeconds;
};

/** No list of credentials: the device offers what it has for us, so the page need not know who is before it. */
export function passkeyRequest(
  site: PasskeySite,
  challenge: Uint8Array,
): Promise<PublicKeyCredentialRequestOptionsJSON> {
  return generateAuthenticationOptions({
    rpID: site.id,
    challenge: new Uint8Array(challenge),
    userVerification: 'required',
    timeout: passkeyTimeoutMs,
  });
}

/** `challenge`: base64url, taken from its login, where it can be taken once. One D1 query, one write. */
export async function authenticatePasskey(
  needs: PasskeyLoginNeeds,
  input: { readonly assertion: PasskeyAssertion; readonly challenge: string },
): Promise<Result<Authenticated, PasskeyRefusal>> {
  const { assertion } = input;
  const handle = decodeBase64Url(assertion.response.userHandle);
  const text = handle.ok ? decodeUtf8(handle.value) : handle;
  const subjectId = text.ok ? parseSubjectId(text.value) : undefined;
  const subject = subjectId && (await needs.subjects.find(subjectId));
  const bound = subject?.authenticators.find(
    ({ type, data }) => type === 'passkey' && (JSON.parse(data) as PasskeyData).credentialId === assertion.id,
  );
  if (!subject || !bound) return err({ reason: 'passkey_unknown' });
  const data = JSON.parse(bound.data) as PasskeyData;
  const counter = await counterOf(needs.site, assertion, input.challenge, data);
  if (counter === undefined) return err({ reason: 'passkey_invalid' });
  // SECURITY: a counter that does not grow means that the key is in two places (WebAuthn §6.1.1). Authenticators without one say 0 always.
  if ((counter > 0 || data.counter > 0) && counter <= data.counter) return err({ reason: 'passkey_counter' });
  const admitted = admit(
    subject,
    data.deviceBound ? 'passkey_device_bound' : 'passkey_synced',
    needs.now,
    'low',
    levelOfPasskey(data),
  );
  if (!admitted.ok) return admitted;
  // Only over the counter that was compared: of two answers with one counter, one wins.
  const kept = await needs.authenticators.replaceData(bound, JSON.stringify({ ...data, counter }), needs.now);
  return kept ? ok(admitted.value) : err({ reason: 'passkey_counter' });
}

/** The counter of an answer that holds, or undefined: the library says no by throwing, whatever it is that does not hold. */
async function counterOf(
  site: PasskeySite,
  assertion: PasskeyAssertion,
  challenge: string,
  data: PasskeyData,
): Promise<number | undefined> {
  const publicKey = decodeBase64Url(data.publicKey);
  if (!publicKey.ok) throw new Error('a stored passkey has no public key');
  try {
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response: { ...assertion, clientExtensionResults: {} },
      expectedChallenge: challenge,
      expectedOrigin: site.origin,
      expectedRPID: site.id,
      // The counter is judged by the caller, who tells a copied key from a wrong signature.
      credential: { id: data.credentialId, publicKey: publicKey.value, counter: -1 },
      requireUserVerification: true,
    });
    // Whether a key may be backed up is settled at its making (§7.2 step 18).
    const deviceBound = authenticationInfo.credentialDeviceType === 'singleDevice';
    return verified && deviceBound === data.deviceBound ? authenticationInfo.newCounter : undefined;
  } catch {
    return undefined;
  }
}
