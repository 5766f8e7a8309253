// Which keys of a network that was off for months are made anew, and which are left alone.
import { expect, it } from 'vitest';
import type { EpochSeconds } from '../../shared/base/brands.ts';
import { idTokenAlgs } from '../../worker/issuer/id-token-algs.ts';
import { keepFresh } from '../../worker/local/keep-fresh.ts';
import type { KeyWork } from '../../worker/local/key-acts.ts';
import { newSecrets } from '../../worker/local/secrets.ts';

const now = 1_800_000_000 as EpochSeconds;
const day = 86_400;

type Late = { readonly purpose: string; readonly alg: string };

/** What is ordered and moved at an edge that has a key of everything, of which these sign for five more days. */
async function orders(late: readonly Late[]) {
  const every = [
    ...['credential', 'receipt', 'status'].map((purpose) => ({ purpose, alg: 'EdDSA' })),
    ...idTokenAlgs.map((alg) => ({ purpose: 'id_token', alg })),
    ...['sdjwt', 'access'].map((purpose) => ({ purpose, alg: 'ES256' })),
  ];
  const isLate = (key: Late) => late.some(({ purpose, alg }) => purpose === key.purpose && alg === key.alg);
  const keys = every.map((key, i) => {
    const publicKey = Buffer.alloc(32, i + 1).toString('base64url');
    const dates = { usableFrom: now - 300 * day, signUntil: now + (isLate(key) ? 5 : 90) * day };
    return { ...key, ...dates, kid: `key-${i}`, publicKey, state: 'current', acceptUntil: now + 400 * day };
  });
  const asked: unknown[] = [];
  const api: KeyWork['api'] = {
    call: async (method, path, body) => {
      if (method === 'GET') return { keys };
      if (path === '/v1/admin/keys' || path === '/v1/admin/keys/move') asked.push(body);
      return { kid: 'made', version: 1 };
    },
  };
  const nothing = async () => new Response(null, { status: 404 });
  await keepFresh({ api, edgeUrl: 'http://localhost', now: () => now, roots: newSecrets().roots, fetch: nothing });
  return asked;
}

const moved = { kid: 'made', to: 'current' };

it('a key that ends soon is followed by one of its purpose, and no other is touched', async () => {
  expect(await orders([])).toEqual([]);
  expect(await orders([{ purpose: 'status', alg: 'EdDSA' }])).toEqual([{ purpose: 'status' }, moved]);
});

it('of the keys for ID tokens only that of the algorithm that ends', async () => {
  const late = [{ purpose: 'id_token', alg: 'RS256' }];
  expect(await orders(late)).toEqual([{ purpose: 'id_token', alg: 'RS256' }, moved]);
  const usual = [{ purpose: 'id_token', alg: 'ES256' }];
  expect(await orders(usual)).toEqual([{ purpose: 'id_token', alg: 'ES256' }, moved]);
});
