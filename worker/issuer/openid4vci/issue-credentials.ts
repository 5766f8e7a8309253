// Issues the identity as SD-JWT VC, one credential for each proved key: token, proofs, nonce, person, statuses, signatures, one batch.

import { type EpochSeconds, epochSeconds, type SubjectId } from '../../../shared/base/brands.ts';
import { ok, type Result } from '../../../shared/base/result.ts';
import { encodeBase64Url } from '../../../shared/bytes/base64url.ts';
import { type IssuedSdJwt, issueSdJwt } from '../../../shared/sd-jwt/issue.ts';
import type { P256Jwk } from '../../../shared/sd-jwt/jwk.ts';
import { chunkReference } from '../../../shared/trust/status-source.ts';
import type { JournalEntry } from '../../journal/entry.ts';
import { claimsOf } from '../../openid/claims.ts';
import type { OAuthError } from '../../openid/oauth-error.ts';
import { civilDateAt, endOfCivilDay } from '../../registry/calendar.ts';
import type { Credentials } from '../../store/credentials.ts';
import type { LoginSubjects } from '../../store/login-subjects.ts';
import type { KnownPerson, People } from '../../store/people.ts';
import { bucketOfSubject } from '../../store/shard-map.ts';
import type { StatusEntries } from '../../store/status-entries.ts';
import type { CertifiedKeys, CertifiedSigner } from '../certified-keys.ts';
import { type IssueCounters, type IssueLimitRefusal, spendIssues } from '../issue-limits.ts';
import { checkProofs, useNonce } from './check-proofs.ts';
import { identityClaims, identityConfiguration } from './configuration.ts';
import { type CredentialError, type CredentialRequest, credentialError } from './credential-request.ts';
import type { CredentialNonces } from './nonces.ts';
import type { OpenedToken } from './open-token.ts';

const day = 86_400;
/** A wallet fetches new ones before that. Status takes care of what changes sooner. */
const maxLifetimeSeconds = 90 * day;

export type IssueNeeds = {
  readonly issuer: string;
  readonly statusUri: string;
  readonly keys: Pick<CertifiedKeys, 'signer'>;
  readonly nonces: CredentialNonces;
  readonly people: Pick<People, 'find'>;
  readonly subjects: Pick<LoginSubjects, 'find'>;
  readonly statusEntries: Pick<StatusEntries, 'reserveMany'>;
  readonly credentials: Pick<Credentials, 'add'>;
  readonly counters: IssueCounters;
  readonly random: (bytes: number) => Uint8Array;
  readonly now: EpochSeconds;
};

export async function issueCredentials(
  needs: IssueNeeds,
  token: OpenedToken,
  request: CredentialRequest,
): Promise<Result<readonly IssuedSdJwt[], CredentialError | OAuthError | IssueLimitRefusal>> {
  const { issuer, now, nonces } = needs;
  // §8.2. The other way round, a configuration in spite of an identifier, means the same here: some wallets do so.
  if (request.byIdentifier && !token.hasIdentifiers)
    return credentialError('unknown_credential_identifier', 'the token came with none: name the configuration');
  const proved = await checkProofs(request.proofs, { issuer, now, clientId: token.clientId, nonces });
  if (!proved.ok) return proved;
  const signer = await needs.keys.signer('sdjwt');
  if (!signer) return credentialError('credential_request_denied', 'this issuer has no key for online credentials yet');
  const used = await useNonce(nonces, proved.value.nonce);
  if (!used.ok) return used;
  const { holders } = proved.value;
  const spent = await token.spend(holders.length);
  if (!spent.ok) return spent;
  const subjectId = spent.value;
  const [person, account] = await Promise.all([needs.people.find(subjectId), needs.subjects.find(subjectId)]);
  if (!person || account?.account.state !== 'active')
    return credentialError('credential_request_denied', 'the account is not active');
  const expiresAt = expiryOf(person, now);
  if (expiresAt <= now) return credentialError('credential_request_denied', "the person's document has expired");
  const counted = await spendIssues(needs.counters, subjectId, 'online', holders.length);
  if (!counted.ok) return counted;
  const issued = await issueTo(needs, { person, holders, signer, expiresAt, via: token.via });
  return issued ? ok(issued) : credentialError('credential_request_denied', 'the account is not active');
}

/** Whole days: a second in `exp` would tell which credentials were fetched together (RFC 9901 §10.1). */
function expiryOf(person: KnownPerson, now: EpochSeconds): EpochSeconds {
  const end = Math.min(endOfCivilDay(person.record.document.expiresOn), now + maxLifetimeSeconds);
  return epochSeconds(end - (end % day));
}

/** Undefined if the account was suspended or closed since it was looked at. */
async function issueTo(
  needs: IssueNeeds,
  input: {
    readonly person: KnownPerson;
    readonly holders: readonly P256Jwk[];
    readonly signer: CertifiedSigner;
    readonly expiresAt: EpochSeconds;
    readonly via: OpenedToken['via'];
  },
): Promise<readonly IssuedSdJwt[] | undefined> {
  const { person, holders, signer, expiresAt } = input;
  const { subjectId, record } = person;
  const { now, issuer, random } = needs;
  const bucket = bucketOfSubject(subjectId);
  const indices = await needs.statusEntries.reserveMany(bucket, now, random, holders.length);
  const claims = claimsOf(record, identityClaims, { today: civilDateAt(now), locale: 'ar' });
  const issued = await Promise.all(
    holders.map((holder, i) =>
      issueSdJwt(
        {
          issuer,
          type: identityConfiguration.type,
          issuedAt: now - (now % day),
          expiresAt,
          holder,
          status: chunkReference(needs.statusUri, indices[i] as number),
          claims,
        },
        signer,
        random,
      ),
    ),
  );
  const rows = issued.map(({ hash }, i) => ({
    hash: encodeBase64Url(hash),
    subjectId,
    profile: 'V' as const,
    statusIdx: indices[i] as number,
    kid: signer.kid,
    issuedAt: now,
    expiresAt,
  }));
  // An index whose row is not written stays valid and unused: it names nobody.
  const stored = await needs.credentials.add(subjectId, rows, entryOf(now, subjectId, holders.length, input.via));
  return stored ? issued : undefined;
}

function entryOf(at: EpochSeconds, subjectId: SubjectId, count: number, via: string): JournalEntry {
  return {
    at,
    event: 'credential.issued',
    actor: `subject:${subjectId}`,
    subjectId,
    detail: { profile: 'V', count, via },
  };
}
