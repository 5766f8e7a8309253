// What a passkey is here: whose page it belongs to, what is kept of it, what a browser may send. Knows no login.

import { decodeAttestationObject } from '@simplewebauthn/server/helpers';
import * as z from 'zod';
import { type Level, reaches } from '../../shared/assurance/level.ts';
import { decodeBase64Url } from '../../shared/bytes/base64url.ts';

/** WebAuthn's relying party: the edge itself, as its issuer names it. */
export type PasskeySite = { readonly origin: string; readonly id: string };

export function passkeySite(issuer: string): PasskeySite {
  const { origin, hostname } = new URL(issuer);
  return { origin, id: hostname };
}

/** Milliseconds in which the person must have touched the authenticator. */
export const passkeyTimeoutMs = 120_000;

/** ES256, EdDSA and RS256 (COSE numbers): what phones, keys and Windows make. */
export const passkeyAlgorithms = [-7, -8, -257];

/**
 * What an authenticator of type `passkey` holds. `deviceBound`: at its making it said that it cannot be backed up (flag BE, WebAuthn
 * §6.1.3); that never changes. `publicKey`: COSE_Key in base64url.
 */
export type PasskeyData = {
  readonly credentialId: string;
  readonly publicKey: string;
  readonly counter: number;
  readonly deviceBound: boolean;
  /** Present when it was bound on less than an activation's code: it earns no more than the login that vouched for it. */
  readonly mostLevel?: Level;
};

/**
 * `high` only for a key that cannot leave its device, bound at full strength. That rests on the flag BE, which the browser and the
 * device vouch for and no certificate proves (docs/adr/0011): a country that needs proof asks for attestation.
 */
export function levelOfPasskey(data: Pick<PasskeyData, 'deviceBound' | 'mostLevel'>): Level {
  const earned: Level = data.deviceBound ? 'high' : 'substantial';
  return data.mostLevel !== undefined && !reaches(data.mostLevel, earned) ? data.mostLevel : earned;
}

const text = (most: number) => z.string().min(1).max(most);
const common = {
  id: text(1400),
  rawId: text(1400),
  type: z.literal('public-key'),
};

/** AuthenticationResponseJSON (WebAuthn §5.1.8.2); what we do not read is left out. */
export const PasskeyAssertion = z.object({
  ...common,
  response: z.object({
    clientDataJSON: text(4096),
    authenticatorData: text(4096),
    signature: text(2048),
    userHandle: text(128),
  }),
});
export type PasskeyAssertion = z.infer<typeof PasskeyAssertion>;

/** RegistrationResponseJSON (WebAuthn §5.1.8.1). */
export const PasskeyCreation = z.object({
  ...common,
  response: z.object({ clientDataJSON: text(4096), attestationObject: text(16_384) }),
});
export type PasskeyCreation = z.infer<typeof PasskeyCreation>;

/** Reads what the page's form carries; undefined for anything else. */
export function parsePasskey<T>(schema: z.ZodType<T>, json: string): T | undefined {
  if (json.length > 32_768) return undefined;
  try {
    const parsed = schema.safeParse(JSON.parse(json));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

/**
 * SECURITY: a statement with certificates would make the library fetch the revocation lists they name, wherever those are. We ask for
 * no attestation, so an honest browser sends none, or one that the credential signed itself.
 */
export function bringsCertificates(creation: PasskeyCreation): boolean {
  const bytes = decodeBase64Url(creation.response.attestationObject);
  if (!bytes.ok) return true;
  const object = decodeAttestationObject(bytes.value);
  const format = object.get('fmt');
  return !(format === 'none' || (format === 'packed' && object.get('attStmt').get('x5c') === undefined));
}
