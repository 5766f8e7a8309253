// What a desk with a sealing reader (MOSIP SBI) needs on one machine: a key at the edge whose certificate the roots name, the makers
// whom the edge trusts, and a folder where the reader and the kiosk find both. Knows no kiosk.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { EpochSeconds } from '../../shared/base/brands.ts';
import { AdminClient } from './admin-client.ts';
import { edgeKeys, publishNextList, standingList } from './key-acts.ts';
import { root } from './places.ts';
import type { LocalSecrets } from './secrets.ts';

const simulatedReader = 'kiosk/core/devices/fingerprint/simulated.ts';

export type SbiDesk = {
  /** For `--network` of the reader. */
  readonly folder: string;
  /** The kiosk's settings file: `--reader sbi:FILE`. */
  readonly settings: string;
};

/** Makes the edge's capture key if it has none; answers the certificate (DER) that readers seal to now. */
export async function captureCertificate(api: Pick<AdminClient, 'call'>): Promise<Buffer> {
  const current = async () => {
    const { keys } = (await api.call('GET', '/v1/admin/keys')) as {
      keys: { purpose: string; state: string; publicKey: string }[];
    };
    return keys.find(({ purpose, state }) => purpose === 'sbi' && state === 'current');
  };
  let key = await current();
  if (!key) {
    await api.call('POST', '/v1/admin/keys', { purpose: 'sbi' });
    key = await current();
  }
  if (!key) throw new Error('the edge made no capture key');
  return Buffer.from(key.publicKey, 'base64url');
}

/**
 * After the edge answers and its keys are made. `ports`: where the kiosk looks for readers. The demo's makers are those of the
 * simulated reader: nothing that matters may trust them.
 */
export async function prepareSbiDesk(options: {
  readonly edgeUrl: string;
  readonly secrets: LocalSecrets;
  readonly folder: string;
  readonly ports: readonly [first: number, last: number];
}): Promise<SbiDesk> {
  const { edgeUrl, secrets, folder, ports } = options;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const api = new AdminClient(edgeUrl, secrets.adminToken);
  const certificate = await captureCertificate(api);
  await nameInTrustList(edgeUrl, secrets, api);

  execFileSync(process.execPath, [path.join(root, simulatedReader), 'sbi', '--make-keys', folder]);
  const meant = { env: 'Developer', domainUri: edgeUrl } as const;
  const makers = JSON.parse(readFileSync(path.join(folder, 'reader-roots.json'), 'utf8')) as object;
  await api.call(
    'PUT',
    '/v1/admin/device-trust',
    Buffer.from(JSON.stringify({ ...makers, ...meant })),
    'application/json',
  );
  const pem = certificate.toString('base64').replaceAll(/(.{64})/g, '$1\n');
  writeFileSync(path.join(folder, 'edge.pem'), `-----BEGIN CERTIFICATE-----\n${pem}\n-----END CERTIFICATE-----\n`);
  const settings = path.join(folder, 'kiosk.json');
  const files = { trustStore: 'reader-roots.json', encryptionCertificate: 'edge.pem' };
  writeFileSync(settings, JSON.stringify({ purpose: 'Auth', ...meant, ...files, ports }, null, 1));
  return { folder, settings };
}

/** A network of before there was such a key, or whose key is new: the roots sign a list that names it. */
async function nameInTrustList(edgeUrl: string, { roots }: LocalSecrets, api: AdminClient): Promise<void> {
  const work = { api, edgeUrl, roots, now: () => Math.floor(Date.now() / 1000) as EpochSeconds };
  const standing = await standingList(work);
  const wanted = (await edgeKeys(work)).filter(({ purpose, state }) => purpose === 'sbi' && state !== 'retired').length;
  if (standing && (standing.captureCertificates?.length ?? 0) < wanted) await publishNextList(work);
}
