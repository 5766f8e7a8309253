// What a card is printed from: who may ask, for whom, what the code says when it is read, and what is left in the journal.
import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import { epochSecondsOfMs } from '../../../shared/base/brands.ts';
import { CardContent } from '../../../shared/contract/card.ts';
import { publicPaths } from '../../../shared/contract/public-paths.ts';
import { DEFAULT_POLICY } from '../../../shared/credential/policy.ts';
import { verifyCredential } from '../../../shared/credential/verify.ts';
import { webEd25519 } from '../../../shared/crypto/ed25519.ts';
import { verifyStatusList } from '../../../shared/trust/status-list.ts';
import { StatusLists } from '../../../shared/trust/status-source.ts';
import { verifyTrustList } from '../../../shared/trust/trust-list.ts';
import { trustView } from '../../../shared/trust/trust-view.ts';
import { statusListPublisher } from '../../../worker/issuer/routes.ts';
import { withCheckDigit } from '../../../worker/registry/unified-number.ts';
import { aPerson, databaseOf, house } from '../openid/world.ts';
import { admin, roots, setUpKeys } from './issuing-edge.ts';

const now = () => epochSecondsOfMs(Date.now());
const order = (number: string) => admin('/v1/admin/credentials/card', 'POST', { number });

async function verdictOf(text: string) {
  const { publications } = house();
  const [trustFile, statusFile] = [await publications.read('trust_list'), await publications.read('status_list')];
  const none = new Uint8Array();
  const list = await verifyTrustList(trustFile?.bytes ?? none, { roots, now: now(), ed25519: webEd25519 });
  if (!list.ok) throw new Error(list.error.reason);
  const trust = trustView(list.value);
  const uri = env.ISSUER + publicPaths.statusList;
  const expected = { trust, ed25519: webEd25519, now: now(), uri };
  const statuses = await verifyStatusList(statusFile?.bytes ?? none, expected);
  if (!statuses.ok) throw new Error(statuses.error.reason);
  const status = new StatusLists();
  status.put(statuses.value);
  const policy = DEFAULT_POLICY;
  return verifyCredential(text, { trust, status, now: now(), context: 'counter', policy, ed25519: webEd25519 });
}

describe('a card', () => {
  beforeAll(async () => {
    await setUpKeys();
    await statusListPublisher(house())();
  });

  it('is a static credential of its own, accepted as a copy to compare, and revoked alone', async () => {
    const person = await aPerson();
    const [first, second] = [await order(person.number), await order(person.number)];
    expect([first.status, first.headers.get('cache-control')]).toEqual([201, 'no-store']);
    const [card, other] = [CardContent.parse(await first.json()), CardContent.parse(await second.json())];
    expect(card.credentialHash).not.toBe(other.credentialHash);
    const read = await verdictOf(card.text);
    expect(read).toMatchObject({ verdict: { outcome: 'accepted' }, notices: ['copy_compare_face'] });
    expect(read.claims).toMatchObject({ nameLatin: card.nameLatin, birthDate: '1990-02-28' });
    // Neither in the code nor beside it.
    expect(read.claims?.id).toBeUndefined();
    expect(JSON.stringify(card)).not.toContain(person.number);
    const which = { credentialHash: card.credentialHash };
    expect((await admin('/v1/admin/credentials/revoke', 'POST', { which, reason: 'lost' })).status).toBe(200);
    expect((await verdictOf(card.text)).verdict).toMatchObject({ check: 'not_revoked' });
    expect((await verdictOf(other.text)).verdict).toEqual({ outcome: 'accepted' });
  });

  it('leaves a row in the history of its person, under the administrator’s name', async () => {
    const person = await aPerson();
    await order(person.number);
    const { results } = await databaseOf(person.subjectId)
      .prepare("SELECT actor, detail FROM journal WHERE subject_id = ? AND event = 'credential.issued'")
      .bind(person.subjectId)
      .all<{ actor: string; detail: string }>();
    expect(results).toHaveLength(1);
    expect(results[0]?.actor).toMatch(/^admin:/);
    expect(JSON.parse(results[0]?.detail ?? '')).toMatchObject({ profile: 'S', via: 'card' });
  });

  it('is refused for a number that is none, a stranger, and whoever is not active', async () => {
    const reasonOf = async (number: string) => {
      const answer = await order(number);
      return [answer.status, ((await answer.json()) as { reason: string }).reason];
    };
    const pending = await aPerson({ state: 'suspended' });
    expect(await reasonOf(pending.number)).toEqual([409, 'account_not_active']);
    const digit = (Number(pending.number.at(-1)) + 1) % 10;
    expect(await reasonOf(`${pending.number.slice(0, -1)}${digit}`)).toEqual([422, 'number_check_digit']);
    expect(await reasonOf(withCheckDigit('199999999'))).toEqual([404, 'person_unknown']);
  });
});
