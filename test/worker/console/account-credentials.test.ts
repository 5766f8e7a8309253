// A person's credentials follow their phone and their account: removed, suspended, resumed, closed; and whoever is cut off half-way.
import { beforeAll, describe, expect, it } from 'vitest';
import type { EpochSeconds, SubjectId } from '../../../shared/base/brands.ts';
import { encodeBase64Url } from '../../../shared/bytes/base64url.ts';
import { followOrders } from '../../../worker/issuer/follow-orders.ts';
import { orderFollower, statusListPublisher } from '../../../worker/issuer/routes.ts';
import type { CredentialOrder } from '../../../worker/store/credential-orders.ts';
import type { IssuedCredential } from '../../../worker/store/credentials.ts';
import { admin, setUpKeys } from '../issuer/issuing-edge.ts';
import { aSetupCode, databaseOf, house } from '../openid/world.ts';
import { aWallet, bindPhone, issueD, now, verdictOf, type Wallet } from '../wallet/holding.ts';

beforeAll(async () => {
  await setUpKeys();
  await statusListPublisher(house())();
});

const account = (act: string, number: string, more: object = {}) =>
  admin(`/v1/admin/accounts/${act}`, 'POST', { number, why: 'a test of it', ...more });
const credential = (act: string, number: string, reason = 'authority_order') =>
  admin(`/v1/admin/credentials/${act}`, 'POST', { which: { number }, reason });
const answerOf = async (answer: Response) => [answer.status, await answer.json()] as const;
const reasonOf = async (answer: Response) => [answer.status, ((await answer.json()) as { reason: string }).reason];

/** What a verifier says of a frame that is shown now. */
async function saidOf(held: { frame: () => Promise<string> }): Promise<string> {
  const { verdict } = await verdictOf(await held.frame());
  return verdict.outcome === 'accepted' ? 'accepted' : String(verdict.check);
}

async function journalOf(subjectId: SubjectId) {
  const events = ['credential.revoked', 'credential.suspended', 'credential.reinstated'] as const;
  const pages = await Promise.all(events.map((event) => house().journal.read({ limit: 500, event })));
  const number = ({ id }: { id: string }) => Number(id.split(':')[1]);
  return pages
    .flatMap(({ entries }) => entries)
    .filter((entry) => entry.subjectId === subjectId)
    .sort((a, b) => number(a) - number(b))
    .map(({ event, actor, detail }) => ({ event, actor, to: detail?.['to'], reason: detail?.['reason'] }));
}

async function toldOf(subjectId: SubjectId): Promise<string[]> {
  const told = await house().notifications.ofSubject(subjectId, Number.MAX_SAFE_INTEGER, 50);
  return told.map(({ kind }) => kind).filter((kind) => kind.startsWith('account.') || kind.endsWith('.removed'));
}

function removePhone({ person, walletId }: Wallet) {
  const { subjectId } = person;
  const at = now();
  const entry = { at, event: 'authenticator.removed', actor: `subject:${subjectId}`, subjectId } as const;
  return house().authenticators.remove(subjectId, walletId, entry, { subjectId, at, kind: 'authenticator.removed' });
}

describe('a phone that is removed', () => {
  it('shows a credential that is revoked once it is followed; another phone of the person goes on', async () => {
    const lost = await aWallet();
    const other = await bindPhone(lost.person, await aSetupCode(lost.person.subjectId));
    const [held, kept] = [await issueD(lost), await issueD(other)];
    expect([await saidOf(held), await saidOf(kept)]).toEqual(['accepted', 'accepted']);
    expect(await removePhone(lost)).toBe(true);
    await orderFollower(house())(lost.person.subjectId);
    expect([await saidOf(held), await saidOf(kept)]).toEqual(['not_revoked', 'accepted']);
    const { subjectId } = lost.person;
    expect(await journalOf(subjectId)).toEqual([
      { event: 'credential.revoked', actor: `subject:${subjectId}`, to: 'revoked', reason: 'wallet_removed' },
    ]);
    expect(await removePhone(lost)).toBe(false);
    expect(await house().credentialOrders.of(subjectId)).toEqual([]);
  });

  it('by the authority: every wallet at once, the lists say so with the answer; the same phone bound again has a new one', async () => {
    const phone = await aWallet();
    const { person, keys } = phone;
    const second = await bindPhone(person, await aSetupCode(person.subjectId));
    const [held, alsoHeld] = [await issueD(phone), await issueD(second)];
    expect(await answerOf(await account('lost-phone', person.number))).toEqual([200, { removed: 2 }]);
    expect([await saidOf(held), await saidOf(alsoHeld)]).toEqual(['not_revoked', 'not_revoked']);
    expect(await reasonOf(await phone.ask('D', [encodeBase64Url(new Uint8Array(100))]))).toEqual([
      401,
      'wallet_unknown',
    ]);
    expect(await answerOf(await account('lost-phone', person.number))).toEqual([200, { removed: 0 }]);
    expect(await reasonOf(await account('lost-phone', '1000000008'))).toEqual([404, 'account_unknown']);
    expect(await reasonOf(await account('lost-phone', '1'))).toEqual([422, 'number_malformed']);
    expect(await toldOf(person.subjectId)).toEqual(['authenticator.removed']);
    const { entries } = await house().journal.read({ limit: 500, event: 'authenticator.removed' });
    expect(entries.filter(({ subjectId }) => subjectId === person.subjectId)).toMatchObject([
      { actor: 'admin:bootstrap', detail: { type: 'wallet_key', because: 'lost_phone', why: 'a test of it' } },
    ]);
    const again = await bindPhone(person, await aSetupCode(person.subjectId), keys);
    expect(again.walletId).not.toBe(phone.walletId);
    const fresh = await issueD(again);
    expect([await saidOf(fresh), await saidOf(held)]).toEqual(['accepted', 'not_revoked']);
  });
});

describe('an account', () => {
  it('suspended takes its credentials along, resumed it brings them back; the person is told, the journal has each', async () => {
    const wallet = await aWallet();
    const { number, subjectId } = wallet.person;
    const held = await issueD(wallet);
    expect(await answerOf(await account('suspend', number))).toEqual([200, { state: 'suspended' }]);
    expect(await saidOf(held)).toBe('not_suspended');
    await account('suspend', number);
    expect(await answerOf(await account('resume', number))).toEqual([200, { state: 'active' }]);
    expect(await saidOf(held)).toBe('accepted');
    expect(await toldOf(subjectId)).toEqual(['account.resumed', 'account.suspended']);
    expect(await journalOf(subjectId)).toEqual([
      { event: 'credential.suspended', actor: 'admin:bootstrap', to: 'suspended', reason: 'account_suspended' },
      { event: 'credential.reinstated', actor: 'admin:bootstrap', to: 'valid', reason: 'account_resumed' },
    ]);
  });

  it('closed, or closed for a death, revokes them for ever, whatever they were', async () => {
    for (const [more, reason] of [
      [{}, 'account_closed'],
      [{ deceased: true }, 'deceased'],
    ] as const) {
      const wallet = await aWallet();
      const { number, subjectId } = wallet.person;
      const held = await issueD(wallet);
      await account('suspend', number);
      expect(await answerOf(await account('close', number, more))).toEqual([200, { state: 'closed' }]);
      expect(await saidOf(held)).toBe('not_revoked');
      expect((await journalOf(subjectId)).at(-1)).toMatchObject({ to: 'revoked', reason });
      expect(await reasonOf(await account('resume', number))).toEqual([409, 'account_state_wrong']);
      expect(await toldOf(subjectId)).toEqual(['account.closed', 'account.suspended']);
    }
    expect((await account('suspend', '1000000008', { deceased: true })).status).toBe(422);
  });

  it('and the authority’s own suspension do not lift each other', async () => {
    const wallet = await aWallet();
    const { number } = wallet.person;
    const held = await issueD(wallet);
    await credential('suspend', number, 'fraud');
    await account('suspend', number);
    expect(await reasonOf(await credential('reinstate', number))).toEqual([409, 'account_not_active']);
    await account('resume', number);
    expect(await saidOf(held)).toBe('not_suspended');
    expect((await credential('reinstate', number)).status).toBe(200);
    expect(await saidOf(held)).toBe('accepted');
    // The other way round: the account first.
    await account('suspend', number);
    await credential('suspend', number, 'fraud');
    await account('resume', number);
    expect(await saidOf(held)).toBe('not_suspended');
    expect((await credential('reinstate', number)).status).toBe(200);
    expect(await saidOf(held)).toBe('accepted');
  });
});

describe('an order', () => {
  const statusOf = async (subjectId: SubjectId) => {
    const rows = await house().credentials.ofSubject(subjectId);
    return Promise.all(rows.map(async ({ statusIdx }) => (await house().statusEntries.find(statusIdx))?.status));
  };

  it('that nobody carried out is carried out by the clock, once', async () => {
    const wallet = await aWallet();
    const { subjectId } = wallet.person;
    await issueD(wallet);
    const at = now();
    await house().accounts.move(subjectId, 'suspend', { at, event: 'account.suspended', actor: 'system', subjectId });
    expect(await statusOf(subjectId)).toEqual([0]);
    expect(await followOrders(house(), 'all')).toBe(1);
    expect(await statusOf(subjectId)).toEqual([2]);
    expect(await followOrders(house(), 'all')).toBe(0);
    expect(await journalOf(subjectId)).toHaveLength(1);
  });

  it('that comes late, after a later one of the same credential, changes nothing', async () => {
    const wallet = await aWallet();
    const { subjectId } = wallet.person;
    await issueD(wallet);
    const { accounts, credentialOrders, statusEntries } = house();
    const move = (act: 'suspend' | 'resume') =>
      accounts.move(subjectId, act, { at: now(), event: 'account.suspended', actor: 'system', subjectId });
    await move('suspend');
    const late: readonly CredentialOrder[] = await credentialOrders.of(subjectId);
    await move('resume');
    expect(await followOrders(house(), subjectId)).toBe(2);
    expect(await statusEntries.carryOut(late, now())).toBe(0);
    expect(await statusOf(subjectId)).toEqual([0]);
    // Many at once, of one person: each in its turn.
    await move('suspend');
    await Promise.all([
      followOrders(house(), subjectId),
      followOrders(house(), 'all'),
      followOrders(house(), subjectId),
    ]);
    expect(await statusOf(subjectId)).toEqual([2]);
    expect((await journalOf(subjectId)).map(({ to }) => to)).toEqual(['suspended', 'valid', 'suspended']);
  });

  it('is not made for what has expired', async () => {
    const wallet = await aWallet();
    const { subjectId } = wallet.person;
    await issueD(wallet);
    await databaseOf(subjectId)
      .prepare('UPDATE credentials SET expires_at = ?1 WHERE subject_id = ?2')
      .bind(now() - 1, subjectId)
      .run();
    await removePhone(wallet);
    expect(await house().credentialOrders.of(subjectId)).toEqual([]);
  });
});

describe('a credential that is being issued when its account or its phone goes', () => {
  const row = (subjectId: SubjectId, statusIdx: number): IssuedCredential => ({
    hash: `hash-${statusIdx}`,
    subjectId,
    profile: 'D',
    statusIdx,
    kid: 'k',
    issuedAt: now(),
    expiresAt: now() + 1000,
  });
  const issued = (subjectId: SubjectId) =>
    ({ at: now() as EpochSeconds, event: 'credential.issued', actor: 'system', subjectId }) as const;

  it('is not: no row and no entry are written', async () => {
    const wallet = await aWallet();
    const { number, subjectId } = wallet.person;
    const { credentials, journal } = house();
    await account('suspend', number);
    expect(await credentials.add(subjectId, [row(subjectId, 1), row(subjectId, 2)], issued(subjectId))).toBe(false);
    expect(await credentials.replace({ ...wallet, holderKid: 'h' }, row(subjectId, 3), issued(subjectId))).toBe(false);
    await account('resume', number);
    await account('lost-phone', number);
    expect(await credentials.replace({ ...wallet, holderKid: 'h' }, row(subjectId, 4), issued(subjectId))).toBe(false);
    expect(await credentials.ofSubject(subjectId)).toEqual([]);
    expect(await credentials.add(subjectId, [row(subjectId, 5), row(subjectId, 6)], issued(subjectId))).toBe(true);
    const { entries } = await journal.read({ limit: 500, event: 'credential.issued' });
    expect(entries.filter((entry) => entry.subjectId === subjectId)).toHaveLength(1);
  });
});
