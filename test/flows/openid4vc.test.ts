// The identity online, over real HTTP: setup code, offer, a wallet from npm, a shop that asks for an age, a revocation.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { offerPath } from '../../shared/contract/openid4vci.ts';
import { type PresentationResult, presentationPath } from '../../shared/contract/openid4vp.ts';
import { setUpTrust } from '../../worker/local/set-up.ts';
import { LibraryWallet } from '../support/library-wallet.ts';
import { type LoginEdge, startLoginEdge } from '../support/login-edge.ts';

let world: LoginEdge;
const wallet = new LibraryWallet((url, init) => fetch(url, init));
beforeAll(async () => {
  world = await startLoginEdge();
  await setUpTrust(world.edge.url, world.secrets);
});
afterAll(() => world?.close());

describe('the identity online', () => {
  it('goes from the desk to a wallet to a shop, one claim at a time, until it is revoked', async () => {
    const { edge, api } = world;
    const person = await world.addPerson();
    const json = { method: 'POST', headers: { 'Content-Type': 'application/json' } };
    const made = await fetch(edge.url + offerPath, { ...json, body: JSON.stringify({ setupCode: person.setupCode }) });
    const offer = (await made.json()) as { byReference: string; txCode: string };
    const dpop = await wallet.newKeys();
    const holder = await wallet.newKeys();
    const [credential = ''] = await wallet.fetchCredentials(
      await wallet.takeUp(offer.byReference, offer.txCode, dpop),
      [holder],
      dpop,
    );
    const { apiKey } = (await api.call('POST', '/v1/admin/verifiers', {
      name: { ar: 'متجر', en: 'Shop' },
      claims: ['name'],
    })) as { apiKey: string };
    const asShop = { Authorization: `Bearer ${apiKey}` };

    const judged = async () => {
      const body = JSON.stringify({ claims: ['age_over_18'] });
      const asked = await fetch(edge.url + presentationPath, {
        ...json,
        headers: { ...json.headers, ...asShop },
        body,
      });
      const { id, link } = (await asked.json()) as { id: string; link: string };
      await wallet.show(link, credential, ['age_over_18'], holder);
      const told = await fetch(`${edge.url}${presentationPath}/${id}`, { headers: asShop });
      return ((await told.json()) as PresentationResult).credentials?.['identity'];
    };

    const good = await judged();
    expect([good?.verdict, good?.claims]).toEqual([{ outcome: 'accepted' }, { age_over_18: true }]);
    const which = { number: person.number };
    await api.call('POST', '/v1/admin/credentials/revoke', { which, reason: 'holder_asked' });
    const revoked = await judged();
    expect([revoked?.verdict, revoked?.claims]).toEqual([{ outcome: 'rejected', check: 'not_revoked' }, undefined]);
    expect(wallet.requests.join()).not.toContain(person.number);
  });
});
