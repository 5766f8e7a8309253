// An edge that people can log in at: one key, one active person with a setup code, relying parties on demand. No kiosk is needed:
// the activation is written into the database as it would have left it.

import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { EpochSeconds, SubjectId } from '../../shared/base/brands.ts';
import { walletPaths } from '../../shared/contract/wallet.ts';
import { newSetupCode } from '../../worker/authn/setup-code.ts';
import { AdminClient } from '../../worker/local/admin-client.ts';
import { freePort } from '../../worker/local/free-port.ts';
import { type Edge, type EdgeOptions, startEdge } from '../../worker/local/network.ts';
import { type LocalSecrets, newSecrets } from '../../worker/local/secrets.ts';
import { withCheckDigit } from '../../worker/registry/unified-number.ts';

export type LoginEdge = {
  readonly edge: Edge;
  readonly api: AdminClient;
  /** For a trust list, where a test needs one (worker/local/set-up.ts setUpTrust). */
  readonly secrets: LocalSecrets;
  addPerson(account?: { readonly state?: string; readonly identityLevel?: string }): Promise<EdgePerson>;
  addClient(
    metadata: Record<string, unknown>,
    policy?: Record<string, unknown>,
  ): Promise<{ readonly clientId: string; readonly clientSecret: string }>;
  close(): Promise<void>;
};
export type EdgePerson = { readonly number: string; readonly subjectId: string; readonly setupCode: string };

/** `options`: of the edge itself, e.g. `plain` for a bench or vars. */
export async function startLoginEdge(options: Pick<EdgeOptions, 'plain' | 'vars'> = {}): Promise<LoginEdge> {
  const folder = mkdtempSync(path.join(tmpdir(), 'tawthiq-login-'));
  const secrets = newSecrets();
  const edge = await startEdge({
    stateDir: path.join(folder, 'edge'),
    port: await freePort(),
    secrets,
    bundleDir: path.join(folder, 'bundle'),
    ...options,
  });
  const api = new AdminClient(edge.url, secrets.adminToken);
  await api.call('POST', '/v1/admin/keys', { purpose: 'id_token' });
  return {
    edge,
    api,
    secrets,
    addPerson: (account) => addPerson(edge, api, account),
    addClient: async (metadata, policy = {}) =>
      (await api.call('POST', '/v1/admin/clients', { metadata, policy })) as { clientId: string; clientSecret: string },
    close: async () => {
      await edge.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Somebody with a setup code, whose account is as an activation would have left it; active and `high` unless told. */
export async function addPerson(
  edge: Edge,
  api: AdminClient,
  account: { readonly state?: string; readonly identityLevel?: string } = {},
): Promise<EdgePerson> {
  const before = new Set(await subjectsOf(edge));
  const number = withCheckDigit(`1${String(randomBytes(4).readUInt32BE() % 100_000_000).padStart(8, '0')}`);
  const line = {
    number,
    kind: 'citizen',
    name: { ar: 'ريم بنت خالد العتيبي', en: 'Reem Khalid Alotaibi' },
    birthDate: '1994-05-17',
    sex: 'female',
    nationality: 'SAU',
    document: { serial: 'AB1234567', expiresOn: '2032-01-01' },
  };
  await api.importPeople(toAsync([JSON.stringify(line)]), {});
  const found = (await subjectsOf(edge)).find((subject) => !before.has(subject));
  if (!found) throw new Error('the person was not imported');
  const [shard, subjectId] = found.split(' ') as [string, SubjectId];
  const db = await edge.miniflare.getD1Database(shard);
  const now = Math.floor(Date.now() / 1000) as EpochSeconds;
  const { code, row } = await newSetupCode(subjectId, (bytes) => new Uint8Array(randomBytes(bytes)), now);
  await db.batch([
    db
      .prepare(
        `INSERT INTO accounts (subject_id, state, identity_level, registered_at) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (subject_id) DO UPDATE SET state = ?2, identity_level = ?3`,
      )
      .bind(subjectId, account.state ?? 'active', account.identityLevel ?? 'high', now),
    db
      .prepare(
        'INSERT INTO authenticators (id, subject_id, type, name, state, data, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)',
      )
      .bind(row.id, row.subjectId, row.type, row.name, row.state, row.data, row.createdAt),
  ]);
  return { number, subjectId, setupCode: code };
}

async function* toAsync(lines: readonly string[]): AsyncGenerator<string> {
  yield* lines;
}

async function subjectsOf(edge: Edge): Promise<string[]> {
  const all: string[] = [];
  for (let i = 0; i < 4; i++) {
    const db = await edge.miniflare.getD1Database(`SHARD_${i}`);
    const { results } = await db.prepare('SELECT subject_id FROM people').all<{ subject_id: string }>();
    for (const row of results) all.push(`SHARD_${i} ${row.subject_id}`);
  }
  return all;
}

export async function setPassword(edge: Edge, setupCode: string, username: string, password: string): Promise<void> {
  const response = await fetch(edge.url + walletPaths.password, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ setupCode, username, password }),
  });
  if (response.status !== 201) throw new Error(`the password was refused: ${await response.text()}`);
}
