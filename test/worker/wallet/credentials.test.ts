// What a wallet is given over HTTP: an identity credential for its device, age passes in batches; each bound to a proved key.
import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import { encodeBase64Url } from '../../../shared/bytes/base64url.ts';
import { credentialIssuer } from '../../../shared/contract/public-paths.ts';
import { CredentialsAnswer } from '../../../shared/contract/wallet.ts';
import { showCredential } from '../../../shared/credential/token.ts';
import { type HolderKey, holderSigner, makeHolderKey, proveKey } from '../../../shared/holder/holder-key.ts';
import { issueWindowSeconds, mostIssues } from '../../../worker/issuer/issue-limits.ts';
import { statusListPublisher } from '../../../worker/issuer/routes.ts';
import { admin, setUpKeys } from '../issuer/issuing-edge.ts';
import { aSetupCode, databaseOf, house } from '../openid/world.ts';
import { aWallet, bindPhone, bytesOf, now, proofs, verdictOf, type Wallet } from './holding.ts';

const reasonOf = async (answer: Response) => [answer.status, ((await answer.json()) as { reason: string }).reason];

describe('a wallet’s credentials', () => {
  beforeAll(async () => {
    await setUpKeys();
    await statusListPublisher(house())();
  });

  it('D: bound to the proved key, accepted in a frame, revoked by the person’s number', async () => {
    const wallet = await aWallet();
    const holder = await makeHolderKey('P-256');
    const answer = await wallet.ask('D', await proofs(wallet, [holder]));
    expect(answer.status).toBe(201);
    const { credentials, expiresAt } = CredentialsAnswer.parse(await answer.json());
    expect(expiresAt).toBeGreaterThan(now() + 80 * 86_400);
    const cose = bytesOf(credentials[0] ?? '');
    const frame = () => showCredential({ cose, now: now() }, holderSigner(holder));
    const shown = await verdictOf(await frame());
    expect(shown.verdict).toEqual({ outcome: 'accepted' });
    expect(shown.claims).toMatchObject({ nameLatin: 'Sarah Ahmed', birthDate: '1990-02-28' });
    expect(shown.claims?.id).toBeUndefined();
    expect(shown.credential).toMatchObject({ profile: 'D', issuer: credentialIssuer });
    const stolen = await showCredential({ cose, now: now() }, holderSigner(await makeHolderKey('P-256')));
    expect((await verdictOf(stolen)).verdict).toMatchObject({ check: 'holder_signature' });
    const which = { number: wallet.person.number };
    expect((await admin('/v1/admin/credentials/revoke', 'POST', { which, reason: 'stolen' })).status).toBe(200);
    expect((await verdictOf(await frame())).verdict).toMatchObject({ outcome: 'rejected', check: 'not_revoked' });
    const rows = await databaseOf(wallet.person.subjectId)
      .prepare('SELECT profile FROM credentials WHERE subject_id = ?')
      .bind(wallet.person.subjectId)
      .all();
    expect(rows.results).toEqual([{ profile: 'D' }]);
  });

  it('a nonce is good once, for one request of one wallet', async () => {
    const [wallet, other] = [await aWallet(), await aWallet()];
    const made = await proofs(wallet, [await makeHolderKey()]);
    expect((await wallet.ask('D', made)).status).toBe(201);
    for (const again of [wallet, other]) {
      expect(await reasonOf(await again.ask('D', made))).toEqual([422, 'proof_nonce']);
    }
    const twice = await proofs(wallet, [await makeHolderKey()]);
    const answers = await Promise.all([wallet.ask('D', twice), wallet.ask('D', twice)]);
    expect(answers.map((answer) => answer.status).sort()).toEqual([201, 422]);
  });

  it('a device has one D: a new one takes the former back, also of two at once, and leaves another device’s alone', async () => {
    const [wallet, other] = [await aWallet(), await aWallet()];
    const statusesOf = async (it: Wallet) => {
      const rows = await house().credentials.ofSubject(it.person.subjectId);
      const entries = rows.map(async ({ statusIdx, hash }) => ({
        hash,
        status: (await house().statusEntries.find(statusIdx))?.status,
      }));
      return Promise.all(entries);
    };
    const issue = async (it: Wallet) => it.ask('D', await proofs(it, [await makeHolderKey()]));
    await issue(other);
    expect((await issue(wallet)).status).toBe(201);
    expect((await statusesOf(wallet)).map(({ status }) => status)).toEqual([0]);
    expect((await issue(wallet)).status).toBe(201);
    expect((await statusesOf(wallet)).map(({ status }) => status).sort()).toEqual([0, 1]);
    await Promise.all([issue(wallet), issue(wallet), issue(wallet)]);
    const held = await statusesOf(wallet);
    expect(held.map(({ status }) => status).sort()).toEqual([0, 1, 1, 1, 1]);
    const current = await databaseOf(wallet.person.subjectId)
      .prepare('SELECT hash FROM credentials WHERE subject_id = ? AND wallet_id IS NOT NULL')
      .bind(wallet.person.subjectId)
      .all();
    expect(current.results).toEqual([{ hash: held.find(({ status }) => status === 0)?.hash }]);
    expect((await statusesOf(other)).map(({ status }) => status)).toEqual([0]);
  });

  it('a D that the same key renews in its last two weeks ends by itself; another key, or a lost phone, takes it back', async () => {
    const wallet = await aWallet();
    const { subjectId } = wallet.person;
    const { credentials, statusEntries } = house();
    const holder = await makeHolderKey();
    const issue = async (key: HolderKey) => (await wallet.ask('D', await proofs(wallet, [key]))).status;
    const db = databaseOf(subjectId);
    // As if so many days had passed for the one that the wallet has.
    const ends = (inDays: number) =>
      db
        .prepare('UPDATE credentials SET expires_at = ?2 WHERE subject_id = ?1 AND wallet_id IS NOT NULL')
        .bind(subjectId, now() + inDays * 86_400)
        .run();
    const statuses = async () => {
      const rows = (await credentials.ofSubject(subjectId)).sort((a, b) => a.expiresAt - b.expiresAt);
      return Promise.all(rows.map(async ({ statusIdx }) => (await statusEntries.find(statusIdx))?.status));
    };
    expect(await issue(holder)).toBe(201);
    await ends(13);
    expect(await issue(holder)).toBe(201);
    expect(await statuses()).toEqual([0, 0]);
    await ends(15);
    expect(await issue(holder)).toBe(201);
    expect(await statuses()).toEqual([0, 1, 0]);
    await ends(12);
    expect(await issue(await makeHolderKey())).toBe(201);
    expect(await statuses()).toEqual([1, 1, 1, 0]);
  });

  it('goes with its wallet, renewed or not', async () => {
    const wallet = await aWallet();
    const { subjectId } = wallet.person;
    const holder = await makeHolderKey();
    await wallet.ask('D', await proofs(wallet, [holder]));
    await databaseOf(subjectId)
      .prepare('UPDATE credentials SET expires_at = ?2 WHERE subject_id = ?1')
      .bind(subjectId, now() + 5 * 86_400)
      .run();
    await wallet.ask('D', await proofs(wallet, [holder]));
    const { number } = wallet.person;
    const lost = await admin('/v1/admin/accounts/lost-phone', 'POST', { number, why: 'a test of it' });
    expect(lost.status).toBe(200);
    const rows = await house().credentials.ofSubject(subjectId);
    const entries = await Promise.all(rows.map(({ statusIdx }) => house().statusEntries.find(statusIdx)));
    expect(entries.map((entry) => entry?.status)).toEqual([1, 1]);
  });

  it('a person gets twenty D a day, whatever phone asks: of two at once one is the last, and no index goes with the other', async () => {
    const wallet = await aWallet();
    const { subjectId } = wallet.person;
    const phone = await bindPhone(wallet.person, await aSetupCode(subjectId));
    const counter = await house().loginObjects.person(subjectId);
    await counter.spend('issued device', mostIssues.device, issueWindowSeconds, mostIssues.device - 1);
    const indices = async () =>
      (await env.DIRECTORY.prepare('SELECT count(*) AS n FROM status_entries').first<{ n: number }>())?.n ?? 0;
    const before = await indices();
    const asked = [wallet, phone].map(async (it) => it.ask('D', await proofs(it, [await makeHolderKey()])));
    const answers = await Promise.all(asked);
    expect(answers.map((answer) => answer.status).sort()).toEqual([201, 429]);
    const refused = answers.find((answer) => answer.status === 429);
    expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThan(issueWindowSeconds - 60);
    expect(await refused?.json()).toMatchObject({ reason: 'too_many_credentials', title: expect.any(String) });
    expect(await indices()).toBe(before + 1);
    expect((await wallet.ask('A', await proofs(wallet, [await makeHolderKey()]))).status).toBe(201);
  });

  it('A: ten passes of ten keys, each a yes and nothing else, none of them on record', async () => {
    const wallet = await aWallet();
    const holders = await Promise.all(Array.from({ length: 10 }, () => makeHolderKey()));
    const answer = await wallet.ask('A', await proofs(wallet, holders));
    const { credentials, expiresAt } = CredentialsAnswer.parse(await answer.json());
    expect(credentials).toHaveLength(10);
    expect(expiresAt).toBeLessThanOrEqual(now() + 7 * 86_400);
    const texts = await Promise.all(
      credentials.map((cose, i) =>
        showCredential({ cose: bytesOf(cose), now: now() }, holderSigner(holders[i] as HolderKey)),
      ),
    );
    for (const text of texts.slice(0, 2)) {
      const shown = await verdictOf(text, 'age');
      expect([shown.verdict, shown.claims, shown.credential?.profile]).toEqual([
        { outcome: 'accepted' },
        { ageAtLeast: 18 },
        'A',
      ]);
    }
    const rows = await databaseOf(wallet.person.subjectId)
      .prepare('SELECT count(*) AS n FROM credentials WHERE subject_id = ?')
      .bind(wallet.person.subjectId)
      .first();
    expect(rows).toEqual({ n: 0 });
  });

  it('are refused with a reason: proofs of another nonce, key or number of them, a wallet of a suspended account', async () => {
    const wallet = await aWallet();
    const [one, two] = [await makeHolderKey(), await makeHolderKey()];
    const [a = '', b = ''] = await proofs(wallet, [one, two]);
    expect(await reasonOf(await wallet.ask('D', [a, b]))).toEqual([422, 'proof_count']);
    expect(await reasonOf(await wallet.ask('A', [a, a]))).toEqual([422, 'proof_keys_alike']);
    const forged = bytesOf(a);
    forged[forged.length - 1] = (forged[forged.length - 1] ?? 0) ^ 1;
    expect(await reasonOf(await wallet.ask('D', [encodeBase64Url(forged)]))).toEqual([422, 'proof_signature']);
    const { nonce } = await wallet.nonce();
    const late = await proveKey(one, {
      audience: env.ISSUER,
      nonce: bytesOf(nonce),
      now: (now() - 900) as ReturnType<typeof now>,
    });
    expect(await reasonOf(await wallet.ask('D', [encodeBase64Url(late)]))).toEqual([422, 'proof_time']);
    const own = await proveKey(one, { audience: env.ISSUER, nonce: new Uint8Array(32).fill(7), now: now() });
    expect(await reasonOf(await wallet.ask('D', [encodeBase64Url(own)]))).toEqual([422, 'proof_nonce']);
    const [c = ''] = await proofs(wallet, [two]);
    expect(await reasonOf(await wallet.ask('A', [a, c]))).toEqual([422, 'proof_nonce']);
    const suspended = await aWallet({ state: 'suspended' });
    expect(await reasonOf(await suspended.ask('D', await proofs(suspended, [one])))).toEqual([
      403,
      'account_suspended',
    ]);
  });
});
