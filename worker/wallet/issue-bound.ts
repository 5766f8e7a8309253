// Gives a wallet what it shows: the identity credential of this device (profile D, with a status index of its own) or a batch of age
// passes (profile A, one claim, a week, no status). Each is bound to a key that proves itself over a nonce that is good once.
import { type EpochSeconds, epochSeconds } from '../../shared/base/brands.ts';
import { err, ok, type Result } from '../../shared/base/result.ts';
import { decodeBase64Url, encodeBase64Url } from '../../shared/bytes/base64url.ts';
import { equalBytes } from '../../shared/bytes/equal.ts';
import { credentialIssuer } from '../../shared/contract/public-paths.ts';
import {
  type CredentialNonceRequest,
  type CredentialsAnswer,
  type CredentialsRequest,
  credentialNonceMessage,
  credentialsMessage,
} from '../../shared/contract/wallet.ts';
import { type CoseKey, kidOf } from '../../shared/cose/key.ts';
import type { Signer } from '../../shared/cose/sign1.ts';
import { issueAgePass, issueBound } from '../../shared/credential/bound.ts';
import { ageOn, type IdentityClaims } from '../../shared/credential/claims.ts';
import { claimedNonce, type ProofReason, verifyHolderProof } from '../../shared/credential/proof.ts';
import { webEd25519 } from '../../shared/crypto/ed25519.ts';
import { chunkReference } from '../../shared/trust/status-source.ts';
import { type AccountRefusal, admit } from '../authn/authentication.ts';
import { followOrders } from '../issuer/follow-orders.ts';
import { type IssueCounters, type IssueLimitRefusal, spendIssues } from '../issuer/issue-limits.ts';
import type { KeyRing } from '../issuer/key-ring.ts';
import type { CredentialNonces } from '../issuer/openid4vci/nonces.ts';
import { civilDateAt, endOfCivilDay } from '../registry/calendar.ts';
import type { CredentialOrders } from '../store/credential-orders.ts';
import type { Credentials } from '../store/credentials.ts';
import type { KnownPerson, People } from '../store/people.ts';
import { bucketOfSubject } from '../store/shard-map.ts';
import type { StatusEntries } from '../store/status-entries.ts';
import { openWallet, type WalletNeeds, type WalletRefusal } from './answer-request.ts';

const day = 86_400;
const deviceLifeSeconds = 90 * day;
const passLifeSeconds = 7 * day;
const passAge = 18;

export type IssueBoundNeeds = Pick<WalletNeeds, 'subjects' | 'now'> & {
  readonly people: Pick<People, 'find'>;
  readonly credentials: Pick<Credentials, 'add' | 'replace'>;
  readonly credentialOrders: Pick<CredentialOrders, 'of' | 'anywhere' | 'done'>;
  readonly statusEntries: Pick<StatusEntries, 'reserve' | 'carryOut'>;
  readonly keyRing: Pick<KeyRing, 'signer' | 'publicKeys'>;
  readonly credentialNonces: Pick<CredentialNonces, 'isFresh' | 'use'>;
  readonly counters: IssueCounters;
  readonly issuer: string;
  /** The issuer's status lists begin with it. */
  readonly statusUri: string;
  readonly random: (bytes: number) => Uint8Array;
};

export type IssueBoundRefusal =
  | WalletRefusal
  | AccountRefusal
  | IssueLimitRefusal
  | { readonly reason: ProofReason | 'proof_count' | 'proof_keys_alike' | 'age_not_reached' | 'document_expired' };

export async function giveNonce(
  needs: Pick<IssueBoundNeeds, 'subjects' | 'now' | 'issuer'> & {
    readonly credentialNonces: Pick<CredentialNonces, 'make'>;
  },
  request: CredentialNonceRequest,
): Promise<Result<{ readonly nonce: string; readonly audience: string }, WalletRefusal>> {
  const wallet = await openWallet(needs, request, credentialNonceMessage(request));
  if (!wallet.ok) return wallet;
  return ok({ nonce: await needs.credentialNonces.make(), audience: needs.issuer });
}

export async function issueToWallet(
  needs: IssueBoundNeeds,
  request: CredentialsRequest,
): Promise<Result<CredentialsAnswer, IssueBoundRefusal>> {
  const wallet = await openWallet(needs, request, credentialsMessage(request));
  if (!wallet.ok) return wallet;
  const admitted = admit(wallet.value, 'number6', needs.now);
  if (!admitted.ok) return admitted;
  const keys = await provedKeys(needs, request);
  if (!keys.ok) return keys;
  const person = await needs.people.find(wallet.value.subjectId);
  if (!person) return err({ reason: 'wallet_unknown' });
  const signer = await needs.keyRing.signer('credential');
  return request.profile === 'D'
    ? issueDevice(needs, person, { walletId: request.walletId, key: keys.value[0] as CoseKey }, signer)
    : issuePasses(needs, person, keys.value, signer);
}

async function provedKeys(
  needs: IssueBoundNeeds,
  request: CredentialsRequest,
): Promise<Result<readonly CoseKey[], IssueBoundRefusal>> {
  if (request.profile === 'D' && request.proofs.length !== 1) return err({ reason: 'proof_count' });
  const { now, issuer: audience } = needs;
  const keys: CoseKey[] = [];
  let nonce: Uint8Array | undefined;
  for (const proof of request.proofs) {
    const bytes = decodeBase64Url(proof);
    if (!bytes.ok) return err({ reason: 'proof_shape' });
    // All proofs of a request are over one nonce.
    nonce ??= claimedNonce(bytes.value);
    if (nonce === undefined) return err({ reason: 'proof_shape' });
    const key = await verifyHolderProof(bytes.value, { audience, nonce, now, ed25519: webEd25519 });
    if (!key.ok) return key;
    const kid = kidOf(key.value);
    // One key in two passes would tie them together for whoever sees both.
    if (keys.some((other) => equalBytes(kidOf(other), kid))) return err({ reason: 'proof_keys_alike' });
    keys.push(key.value);
  }
  // SECURITY: struck off before anything is issued; a request that was recorded gets nothing the second time.
  const text = encodeBase64Url(nonce ?? new Uint8Array());
  const fresh = (await needs.credentialNonces.isFresh(text)) && (await needs.credentialNonces.use(text));
  return fresh ? ok(keys) : err({ reason: 'proof_nonce' });
}

async function issueDevice(
  needs: IssueBoundNeeds,
  person: KnownPerson,
  device: { readonly walletId: string; readonly key: CoseKey },
  signer: Signer,
): Promise<Result<CredentialsAnswer, IssueBoundRefusal>> {
  const { now, random } = needs;
  const { subjectId, record } = person;
  const expiresAt = epochSeconds(Math.min(now + deviceLifeSeconds, endOfCivilDay(record.document.expiresOn)));
  if (expiresAt <= now) return err({ reason: 'document_expired' });
  const counted = await spendIssues(needs.counters, subjectId, 'device', 1);
  if (!counted.ok) return counted;
  const statusIdx = await needs.statusEntries.reserve(bucketOfSubject(subjectId), now, random);
  const claims: IdentityClaims = {
    nameArabic: record.name.ar,
    nameLatin: record.name.en,
    birthDate: record.birthDate,
    gender: record.sex,
    nationality: record.nationality,
  };
  const issued = await issueBound(
    {
      claims,
      issuer: credentialIssuer,
      subject: encodeBase64Url(random(6)),
      holderKey: device.key,
      status: chunkReference(needs.statusUri, statusIdx),
      issuedAt: now,
      expiresAt,
    },
    signer,
  );
  if (!issued.ok) throw new Error(`a credential cannot be made: ${issued.error.reason}`);
  const hash = encodeBase64Url(issued.value.credentialHash);
  const kid = encodeBase64Url(signer.kid ?? new Uint8Array());
  const row = { hash, subjectId, profile: 'D' as const, statusIdx, kid, issuedAt: now, expiresAt };
  // An index whose row is not written stays valid and unused: it names nobody.
  const holder = { walletId: device.walletId, holderKid: encodeBase64Url(kidOf(device.key)) };
  const stored = await needs.credentials.replace(holder, row, entryOf(now, person, 'D', 1));
  // One identity credential a device: the former was ordered to be revoked in that batch, unless it is this key's and ends soon anyway.
  // The lists say so from the clock's next round on.
  await followOrders({ ...needs, now: () => now }, subjectId);
  // Removed, or the account suspended, since the wallet was looked at: the next request says which.
  return stored
    ? ok({ credentials: [encodeBase64Url(issued.value.cose)], expiresAt })
    : err({ reason: 'wallet_unknown' });
}

async function issuePasses(
  needs: IssueBoundNeeds,
  person: KnownPerson,
  keys: readonly CoseKey[],
  signer: Signer,
): Promise<Result<CredentialsAnswer, IssueBoundRefusal>> {
  const { now } = needs;
  if (ageOn(person.record.birthDate, civilDateAt(now)) < passAge) return err({ reason: 'age_not_reached' });
  // The same second in ten passes would say that they are one person's: all of an hour, of everybody, say the same. Not before the
  // key's own beginning, in its first hour.
  const kid = encodeBase64Url(signer.kid ?? new Uint8Array());
  const usableFrom = (await needs.keyRing.publicKeys()).find((key) => key.kid === kid)?.usableFrom ?? 0;
  const issuedAt = epochSeconds(Math.max(now - (now % 3600), usableFrom));
  const expiresAt = epochSeconds(issuedAt + passLifeSeconds);
  const credentials: string[] = [];
  for (const holderKey of keys) {
    const request = { ageAtLeast: passAge, issuer: credentialIssuer, holderKey, issuedAt, expiresAt };
    const issued = await issueAgePass(request, signer);
    if (!issued.ok) throw new Error(`an age pass cannot be made: ${issued.error.reason}`);
    credentials.push(encodeBase64Url(issued.value.cose));
  }
  // No row for a pass: whose it is is kept nowhere, which is what it is for.
  await needs.credentials.add(person.subjectId, [], entryOf(now, person, 'A', keys.length));
  return ok({ credentials, expiresAt });
}

function entryOf(at: EpochSeconds, { subjectId }: KnownPerson, profile: 'D' | 'A', count: number) {
  const actor = `subject:${subjectId}` as const;
  return { at, event: 'credential.issued' as const, actor, subjectId, detail: { profile, count, via: 'wallet' } };
}
