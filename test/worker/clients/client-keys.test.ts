import { exportJWK, generateKeyPair, jwtVerify, SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { type Client, ClientMetadata, ClientPolicy } from '../../../worker/clients/client.ts';
import { ClientKeys } from '../../../worker/clients/client-keys.ts';

const client: Client = {
  id: 'c',
  metadata: ClientMetadata.parse({
    client_name: 'x',
    redirect_uris: ['https://rp.example/'],
    jwks_uri: 'https://rp.example/jwks',
  }),
  policy: ClientPolicy.parse({}),
  state: 'active',
  secrets: [],
  createdAt: 0,
};

async function signer(kid: string) {
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  const jwk = { ...(await exportJWK(publicKey)), kid, alg: 'ES256' };
  return { jwk, sign: () => new SignJWT({}).setProtectedHeader({ alg: 'ES256', kid }).sign(privateKey) };
}

describe("a relying party's keys at its jwks_uri", () => {
  it('oidcc-registration-jwks-uri, oidcc-refresh-token-rp-key-rotation: read once, kept, and read anew for a key that is new', async () => {
    const [old, fresh] = [await signer('old'), await signer('new')];
    const state = { nowMs: 0, reads: 0, document: { keys: [old.jwk] } as unknown };
    const keys = new ClientKeys(
      {
        read: async () => {
          state.reads++;
          return state.document;
        },
      },
      () => state.nowMs,
    );
    const verify = async (token: string) => {
      const keySet = keys.of(client);
      if (!keySet) throw new Error('no keys');
      return jwtVerify(token, keySet).then(
        () => true,
        () => false,
      );
    };
    expect(await verify(await old.sign())).toBe(true);
    expect(await verify(await old.sign())).toBe(true);
    expect(state.reads).toBe(1);
    state.document = { keys: [fresh.jwk] };
    expect(await verify(await fresh.sign())).toBe(false);
    expect(state.reads).toBe(1);
    state.nowMs = 31_000;
    expect(await verify(await fresh.sign())).toBe(true);
    expect(state.reads).toBe(2);
  });

  it('an address that does not answer takes nothing away for an hour, and is asked again every half minute', async () => {
    const mine = await signer('mine');
    const state = { nowMs: 0, reads: 0, document: { keys: [mine.jwk] } as unknown };
    const read = async () => {
      state.reads++;
      return state.document;
    };
    const keys = new ClientKeys({ read }, () => state.nowMs);
    const verify = async () => {
      const keySet = keys.of(client);
      if (!keySet) throw new Error('no keys');
      return jwtVerify(await mine.sign(), keySet).then(
        () => true,
        () => false,
      );
    };
    expect(await verify()).toBe(true);
    for (const [document, nowMs, reads] of [
      [{ keys: 'nonsense' }, 400_000, 2],
      [undefined, 410_000, 2],
      [undefined, 431_000, 3],
      [{ keys: [] }, 3_599_000, 4],
    ] as const) {
      state.document = document;
      state.nowMs = nowMs;
      expect([await verify(), state.reads]).toEqual([nowMs < 3_599_000, reads]);
    }
    // Taken away by its owner is taken away; unreachable, it lasts an hour and no longer.
    state.document = { keys: [mine.jwk] };
    state.nowMs = 4_000_000;
    expect(await verify()).toBe(true);
    state.document = undefined;
    state.nowMs = 7_599_999;
    expect(await verify()).toBe(true);
    state.nowMs = 7_700_000;
    expect(await verify()).toBe(false);
  });
});
