// What was issued at a desk is taken back by the authority: by number, by hash, by index; and the list says so at once.
import { env, exports } from 'cloudflare:workers';
import { beforeAll, expect, it } from 'vitest';
import { publicPaths } from '../../../shared/contract/public-paths.ts';
import { decodeCredential } from '../../../shared/credential/decode.ts';
import { decodeStatusListToken } from '../../../shared/trust/status-list.ts';
import { wholeIndex } from '../../../shared/trust/status-source.ts';
import { admin, setUpKeys } from '../issuer/issuing-edge.ts';
import { activate, type Desk, enrolPerson, everywhere, newDesk } from './desk.ts';

const list = env.ISSUER + publicPaths.statusList;
let desk: Desk;
beforeAll(async () => {
  await setUpKeys();
  desk = await newDesk();
});

async function issued() {
  const number = await enrolPerson();
  const answer = await activate(desk, number);
  const credential = decodeCredential(answer.credential?.text ?? '');
  const status = credential.ok ? credential.value.payload.status : undefined;
  if (!status) throw new Error('a credential without a status');
  const sql = 'SELECT hash FROM credentials WHERE status_idx = ?';
  const [row] = await everywhere(sql, wholeIndex(list, status) ?? -1);
  return { number, status, hash: String(row?.['hash']) };
}

async function statusOf({ uri, index }: { uri: string; index: number }): Promise<number | undefined> {
  // The chunk that the credential itself names.
  expect(uri).toMatch(/\/s\d+$/);
  const bytes = new Uint8Array(await (await exports.default.fetch(uri)).arrayBuffer());
  const token = decodeStatusListToken(bytes);
  if (!token.ok) throw new Error(token.error.reason);
  expect(token.value.list.uri).toBe(uri);
  return token.value.list.bitmap.get(index);
}

async function move(verb: string, which: object): Promise<unknown> {
  const answer = await admin(`/v1/admin/credentials/${verb}`, 'POST', { which, reason: 'stolen' });
  return ((await answer.json()) as { changed?: number }).changed;
}

it('by the person’s number, by the credential’s hash, or by its index, and nobody else’s with it', async () => {
  const [one, two, three, kept] = [await issued(), await issued(), await issued(), await issued()];
  expect(await move('revoke', { number: one.number })).toBe(1);
  expect(await move('suspend', { credentialHash: two.hash })).toBe(1);
  const index = wholeIndex(list, three.status);
  expect(await move('revoke', { statusIndex: index })).toBe(1);
  const statuses = await Promise.all([one, two, three, kept].map(({ status }) => statusOf(status)));
  expect(statuses).toEqual([1, 2, 1, 0]);
  expect(await move('reinstate', { number: two.number })).toBe(1);
  expect(await move('reinstate', { number: one.number })).toBe(0);
  expect([await statusOf(two.status), await statusOf(one.status)]).toEqual([0, 1]);
  const { results } = await env.DIRECTORY.prepare(
    "SELECT subject_id, object, detail FROM journal WHERE event IN ('credential.revoked', 'credential.suspended', 'credential.reinstated') ORDER BY seq",
  ).all<{ subject_id: string | null; object: string; detail: string }>();
  expect(results.map(({ object }) => object)).toContain(`status:${index}`);
  expect(results.every(({ subject_id }) => subject_id !== null)).toBe(true);
  expect(JSON.stringify(results)).not.toContain(one.number);
});
