// The first list of a country: what is handed to the edge with it.
import { expect, it } from 'vitest';
import type { EpochSeconds } from '../../shared/base/brands.ts';
import { prepareList, publishList, signList } from '../../worker/local/list-ceremony.ts';
import { newSecrets } from '../../worker/local/secrets.ts';

const now = 1_800_000_000 as EpochSeconds;
const { roots } = newSecrets();

/** What is asked of an edge that has these keys and no list, when its first one is prepared, signed by one root and published. */
async function asked(purposes: readonly string[]): Promise<string[]> {
  const keys = purposes.map((purpose, i) => {
    const dates = { usableFrom: now, signUntil: now + 86_400, acceptUntil: now + 172_800 };
    return {
      purpose,
      alg: 'EdDSA',
      kid: `key-${i}`,
      publicKey: Buffer.alloc(32, i + 1).toString('base64url'),
      ...dates,
    };
  });
  const acts: string[] = [];
  const work = {
    api: {
      call: async (method: string, path: string) => {
        if (method !== 'GET') acts.push(`${method} ${path}`);
        return method === 'GET' ? { keys } : { version: 1 };
      },
    },
    edgeUrl: 'http://localhost',
    now: () => now,
    fetch: async () => new Response(null, { status: 404 }),
  };
  const prepared = await prepareList(work, { roots: roots.map(({ publicKey }) => publicKey) });
  await publishList(work, await signList({ ...prepared, signed: [] }, roots[0]));
  return acts;
}

it('the first statuses go out with it, as nothing is decided without them', async () => {
  expect(await asked(['credential', 'status'])).toEqual([
    'PUT /v1/admin/trust-list',
    'POST /v1/admin/status-list/publish',
  ]);
});

it('without a key that could sign statuses none are asked for', async () => {
  expect(await asked(['credential'])).toEqual(['PUT /v1/admin/trust-list']);
});
