// Binds a passkey to the person whose setup code this is: the code's own challenge, signed by a new key after user verification.

import {
  generateRegistrationOptions,
  type PublicKeyCredentialCreationOptionsJSON,
  verifyRegistrationResponse,
} from '@simplewebauthn/server';
import type { Level } from '../../shared/assurance/level.ts';
import { err, ok, type Result } from '../../shared/base/result.ts';
import { encodeBase64Url } from '../../shared/bytes/base64url.ts';
import type { Bytes } from '../../shared/bytes/bytes.ts';
import { encodeUtf8 } from '../../shared/bytes/text.ts';
import { sha256 } from '../../shared/crypto/digest.ts';
import {
  bringsCertificates,
  levelOfPasskey,
  type PasskeyCreation,
  type PasskeyData,
  type PasskeySite,
  passkeyAlgorithms,
  passkeyTimeoutMs,
} from './passkey.ts';
import { openSetupCode, type SetupNeeds, type SetupRefusal } from './use-setup-code.ts';

export type PasskeyNeeds = SetupNeeds & { readonly site: PasskeySite };

/**
 * The challenge is the code under a label of its own: 128 random bits that nobody else knows, good for the code's hour, and used up with
 * the code's one passkey. So nothing has to be kept between the two requests.
 */
function challengeOf(code: string): Promise<Bytes> {
  return sha256(encodeUtf8(`tawthiq passkey challenge v1\0${code}`));
}

/** `shownName`: what the person's device lists the passkey under; no personal data. */
export async function beginPasskey(
  needs: PasskeyNeeds,
  input: { readonly setupCode: string; readonly shownName: string },
): Promise<Result<PublicKeyCredentialCreationOptionsJSON, SetupRefusal>> {
  const setup = await openSetupCode(needs, input.setupCode, 'passkey');
  if (!setup.ok) return setup;
  return ok(
    await generateRegistrationOptions({
      rpName: input.shownName,
      rpID: needs.site.id,
      userName: input.shownName,
      // The handle comes back at login and finds the person: random, and never shown.
      userID: encodeUtf8(setup.value.subjectId),
      challenge: await challengeOf(input.setupCode),
      timeout: passkeyTimeoutMs,
      attestationType: 'none',
      authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
      supportedAlgorithmIDs: passkeyAlgorithms,
    }),
  );
}

export type BindPasskeyRefusal = SetupRefusal | { readonly reason: 'passkey_invalid' };

export async function bindPasskey(
  needs: PasskeyNeeds,
  input: { readonly setupCode: string; readonly creation: PasskeyCreation },
): Promise<Result<{ readonly id: string; readonly deviceBound: boolean; readonly level: Level }, BindPasskeyRefusal>> {
  const setup = await openSetupCode(needs, input.setupCode, 'passkey');
  if (!setup.ok) return setup;
  const data = await verified(needs.site, input.creation, encodeBase64Url(await challengeOf(input.setupCode)));
  if (!data) return err({ reason: 'passkey_invalid' });
  const { subjectId, write, mostLevel } = setup.value;
  const kept: PasskeyData = mostLevel === 'high' ? data : { ...data, mostLevel };
  const id = subjectId.slice(0, 3) + encodeBase64Url(needs.random(16));
  const bound = {
    id,
    subjectId,
    type: 'passkey' as const,
    name: 'passkey',
    data: JSON.stringify(kept),
    createdAt: needs.now,
  };
  const won = await needs.authenticators.bindWithSetup(bound, write, {
    at: needs.now,
    event: 'authenticator.bound',
    actor: `subject:${subjectId}`,
    subjectId,
    object: id,
    detail: { type: 'passkey', deviceBound: data.deviceBound },
  });
  return won
    ? ok({ id, deviceBound: data.deviceBound, level: levelOfPasskey(kept) })
    : err({ reason: 'setup_code_used' });
}

/** What is kept of the new key, or undefined: the library says no by throwing, whatever it is that does not hold. */
async function verified(
  site: PasskeySite,
  creation: PasskeyCreation,
  challenge: string,
): Promise<PasskeyData | undefined> {
  try {
    if (bringsCertificates(creation)) return undefined;
    const { verified, registrationInfo } = await verifyRegistrationResponse({
      response: { ...creation, clientExtensionResults: {} },
      expectedChallenge: challenge,
      expectedOrigin: site.origin,
      expectedRPID: site.id,
      requireUserVerification: true,
      supportedAlgorithmIDs: passkeyAlgorithms,
    });
    if (!verified || registrationInfo.credential.id !== creation.id) return undefined;
    const { credential, credentialDeviceType } = registrationInfo;
    return {
      credentialId: credential.id,
      publicKey: encodeBase64Url(credential.publicKey),
      counter: credential.counter,
      deviceBound: credentialDeviceType === 'singleDevice',
    };
  } catch {
    return undefined;
  }
}
