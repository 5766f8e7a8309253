// The credential of an activation: profile S, for paper and download. It carries no unified number: a code that anybody can scan
// shows what a person shows, and a business that needs the number asks online.
import { type EpochSeconds, epochSeconds } from '../../shared/base/brands.ts';
import { encodeBase64Url } from '../../shared/bytes/base64url.ts';
import { credentialIssuer } from '../../shared/contract/public-paths.ts';
import type { PersonRecord } from '../../shared/contract/registry.ts';
import type { Signer } from '../../shared/cose/sign1.ts';
import type { IdentityClaims } from '../../shared/credential/claims.ts';
import { faceBudgetBytes, issueStatic, type StaticRequest } from '../../shared/credential/static.ts';
import { chunkReference } from '../../shared/trust/status-source.ts';
import { endOfCivilDay } from '../registry/calendar.ts';

const maxLifetimeSeconds = 365 * 86_400;
/** What a code is filled to. */
export const maxTextLength = 1100;
/** A face is not given up for fewer characters than these: the QR code is the same (version 19-L, 22-M: 33 and 37 mm in print). */
export const mostTextLength = 1134;

export type StaticInput = {
  readonly record: PersonRecord;
  readonly face: Uint8Array | undefined;
  /** The issuer's lists begin with this address; `statusIndex` is an index of its whole space. */
  readonly statusUri: string;
  readonly statusIndex: number;
  readonly issuedAt: EpochSeconds;
};

export type IssuedStatic = {
  readonly text: string;
  /** base64url SHA-256. */
  readonly hash: string;
  readonly kid: string;
  readonly expiresAt: EpochSeconds;
};

/**
 * What it says, best first: the first that fits is taken. The face outlives a second spelling of the name, because it is what is
 * compared; a name is given whole or not at all, and in Latin letters takes half the room.
 */
function claimsBestFirst(record: PersonRecord, face: Uint8Array | undefined): readonly IdentityClaims[] {
  const { birthDate, nationality, sex: gender } = record;
  const bare = { birthDate, gender, nationality };
  const arabic = { nameArabic: record.name.ar };
  const latin = { nameLatin: record.name.en };
  const withFace = face ? { face: { bytes: face, format: 'webp' as const } } : {};
  return [
    { ...bare, ...arabic, ...latin, ...withFace },
    { ...bare, ...arabic, ...withFace },
    { ...bare, ...latin, ...withFace },
    { ...bare, ...arabic, ...latin },
  ];
}

/**
 * Until the document expires, a year at most. Whatever fits: the text is at most {@link maxTextLength} characters, {@link mostTextLength}
 * where a large face and a long name would part otherwise, and longer only if a name alone is.
 */
export async function issueStaticCredential(input: StaticInput, signer: Signer): Promise<IssuedStatic> {
  const { record, face, statusUri, statusIndex, issuedAt } = input;
  const expiresAt = epochSeconds(Math.min(endOfCivilDay(record.document.expiresOn), issuedAt + maxLifetimeSeconds));
  const status = chunkReference(statusUri, statusIndex);
  const dates = { issuedAt, expiresAt };
  const request = { issuer: credentialIssuer, statusUri: status.uri, statusIndex: status.index, ...dates };
  const choices = claimsBestFirst(record, face);
  const within = (most: number) => (claims: IdentityClaims) => fits({ ...request, claims }, most);
  const filled = choices.find(within(maxTextLength));
  const wide = filled?.face === undefined && face !== undefined ? choices.find(within(mostTextLength)) : undefined;
  const claims = (wide?.face === undefined ? filled : wide) ?? choices.at(-1) ?? {};
  const issued = await issueStatic({ ...request, claims }, signer);
  if (!issued.ok) throw new Error(`a credential cannot be made: ${issued.error.reason}`);
  const { text, credentialHash } = issued.value;
  return {
    text,
    hash: encodeBase64Url(credentialHash),
    kid: encodeBase64Url(signer.kid ?? new Uint8Array()),
    expiresAt,
  };
}

function fits(request: StaticRequest, most: number): boolean {
  const { face, ...claims } = request.claims;
  return (face?.bytes.length ?? 0) <= faceBudgetBytes({ ...request, claims }, most);
}
