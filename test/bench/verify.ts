// POST /v1/verify against an empty route of the same workerd: throughput, and CPU against the empty route plus the raw signature
// operations. The load comes from a second process; workerd's CPU time is read from the kernel, with everything that follows an
// answer (journal, lists) in it. Both routes alternate in short turns, and the least disturbed turn of each counts.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { convertV4MiniflareOptions, Miniflare } from 'miniflare';
import type { EpochSeconds } from '../../shared/base/brands.ts';
import { encodeBase64Url } from '../../shared/bytes/base64url.ts';
import { credentialIssuer, publicPaths } from '../../shared/contract/public-paths.ts';
import { verifyPath } from '../../shared/contract/verify.ts';
import { kidOf } from '../../shared/cose/key.ts';
import { ed25519Signer } from '../../shared/cose/sign1.ts';
import { issueStatic } from '../../shared/credential/static.ts';
import { generateEd25519 } from '../../shared/crypto/ed25519.ts';
import { AdminClient } from '../../worker/local/admin-client.ts';
import { freePort } from '../../worker/local/free-port.ts';
import { startEdge } from '../../worker/local/network.ts';
import { type LocalSecrets, newSecrets } from '../../worker/local/secrets.ts';
import { makeTrustList, type PublishedKey } from '../../worker/local/trust-ceremony.ts';
import { cpuSeconds, pinServer, workerds } from './cores.ts';
import type { Figure } from './figure.ts';
import { runLoad } from './load.ts';

const connections = 16;
const turnSeconds = 2;
const warmUpSeconds = 4;
const turns = 4;
const businesses = 20;
const credentials = 100;

type Turn = { readonly perSecond: number; readonly cpuMicros: number };

export async function figures(options: { readonly log: (line: string) => void }): Promise<readonly Figure[]> {
  const { log } = options;
  const stateDir = mkdtempSync(path.join(tmpdir(), 'tawthiq-bench-'));
  const port = await freePort();
  const secrets = newSecrets();
  const edge = await startEdge({ stateDir, port, secrets, bundleDir: path.join(stateDir, 'bundle'), plain: true });
  try {
    const pid = workerdOf();
    pinServer(pid);
    const requests = await verifyRequests(edge.url, secrets);
    // The very same requests to a route that does nothing: only the path differs, padded so that every byte count is equal.
    const empty = requests.map((request) =>
      Buffer.from(request.toString().replace(`POST ${verifyPath} `, 'POST /healthz?x ')),
    );
    const bare = [Buffer.from(`GET /healthz HTTP/1.1\r\nHost: localhost:${port}\r\n\r\n`)];
    // Until V8 has compiled what runs often.
    await load(port, requests, warmUpSeconds);
    await load(port, empty, warmUpSeconds / 2);
    const emptyTurns: Turn[] = [];
    const bareTurns: Turn[] = [];
    const verifyTurns: Turn[] = [];
    for (let turn = 0; turn < turns; turn++) {
      emptyTurns.push(await measured(pid, port, empty));
      verifyTurns.push(await measured(pid, port, requests));
      bareTurns.push(await measured(pid, port, bare));
      const said = [emptyTurns, verifyTurns, bareTurns].map((all) => JSON.stringify(all.at(-1))).join(' ');
      log(`verify: turn ${turn + 1} of ${turns} (empty, verify, empty without a body): ${said}`);
    }
    const raw = await rawSignatureMicros();
    log(`verify: one raw signature check and one raw signature: ${raw.toFixed(1)} µs of workerd's CPU`);
    const perSecond = (all: readonly Turn[]) => Math.max(...all.map((turn) => turn.perSecond));
    const cpuMicros = (all: readonly Turn[]) => Math.min(...all.map((turn) => turn.cpuMicros));
    const throughput = perSecond(verifyTurns);
    const emptyThroughput = perSecond(emptyTurns);
    const cpu = cpuMicros(verifyTurns);
    const floor = cpuMicros(emptyTurns) + raw;
    const bareNote = `against an empty GET: ${(throughput / perSecond(bareTurns)).toFixed(2)} of its throughput, ${(cpu / (cpuMicros(bareTurns) + raw)).toFixed(2)} of its CPU with the signatures`;
    return [
      {
        name: 'verify.throughput',
        ours: throughput,
        peer: emptyThroughput,
        unit: 'request/s',
        ratio: throughput / emptyThroughput,
        target: '>= 0.35',
        ok: throughput / emptyThroughput >= 0.35,
        note: `POST ${verifyPath} (caller checked, receipt signed, journalled) against the same request to an empty route, ${connections} connections; ${bareNote}`,
      },
      {
        name: 'verify.cpu',
        ours: cpu,
        peer: floor,
        unit: 'µs CPU/request',
        ratio: cpu / floor,
        target: '<= 1.5',
        ok: cpu / floor <= 1.5,
        note: `workerd's whole CPU a request against the same request to an empty route and ${raw.toFixed(0)} µs of raw Ed25519 (one check, one signature)`,
      },
    ];
  } finally {
    await edge.stop();
    rmSync(stateDir, { recursive: true, force: true });
  }
}

/** Different credentials with a photo, as whole HTTP requests, and an edge that knows their issuer and their verifier. */
export async function verifyRequests(url: string, secrets: LocalSecrets): Promise<Buffer[]> {
  const api = new AdminClient(url, secrets.adminToken);
  for (const purpose of ['receipt', 'status']) await api.call('POST', '/v1/admin/keys', { purpose });
  const { keys } = (await api.call('GET', '/v1/admin/keys')) as { keys: PublishedKey[] };
  const now = Math.floor(Date.now() / 1000) as EpochSeconds;
  // The bench's own issuing key, in the list that the roots sign: the edge keeps its private keys to itself.
  const pair = await generateEd25519({ extractable: false });
  const dates = { usableFrom: now - 100, signUntil: now + 1e6, acceptUntil: now + 1e6 };
  const issuing = { purpose: 'credential', alg: 'EdDSA', publicKey: encodeBase64Url(pair.publicRaw), ...dates };
  const list = await makeTrustList({
    issuer: url,
    version: 1,
    prevHash: new Uint8Array(32),
    roots: secrets.roots,
    keys: [...keys, issuing],
    now,
    validSeconds: 86_400,
  });
  await api.call('PUT', '/v1/admin/trust-list', list, 'application/octet-stream');
  await api.call('POST', '/v1/admin/status-list/publish');
  // As many businesses as no limit of one of them gets in the way.
  const apiKeys: string[] = [];
  for (let i = 0; i < businesses; i++) {
    const name = { ar: `ميزان ${i}`, en: `Bench ${i}` };
    apiKeys.push(((await api.call('POST', '/v1/admin/verifiers', { name })) as { apiKey: string }).apiKey);
  }
  const signer = ed25519Signer(pair.privateKey, kidOf({ curve: 'Ed25519', x: pair.publicRaw }));
  const requests: Buffer[] = [];
  for (let i = 0; i < credentials; i++) {
    const face = { bytes: crypto.getRandomValues(new Uint8Array(500)), format: 'webp' as const };
    const issued = await issueStatic(
      {
        claims: { id: '1012345672', nameArabic: 'نورة سالم', nameLatin: 'Nora Salem', birthDate: '1990-02-03', face },
        issuer: credentialIssuer,
        statusUri: url + publicPaths.statusList,
        statusIndex: 1000 + i,
        issuedAt: now,
        expiresAt: (now + 86_400) as EpochSeconds,
      },
      signer,
    );
    if (!issued.ok) throw new Error(issued.error.reason);
    const body = JSON.stringify({ text: issued.value.text, context: 'counter' });
    const head = [
      `POST ${verifyPath} HTTP/1.1`,
      `Host: ${new URL(url).host}`,
      `Authorization: Bearer ${apiKeys[i % businesses]}`,
      'Content-Type: application/json',
      `Content-Length: ${Buffer.byteLength(body)}`,
    ];
    requests.push(Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`));
  }
  const [, body = ''] = requests[0]?.toString().split('\r\n\r\n') ?? [];
  const headers = { authorization: `Bearer ${apiKeys[0]}`, 'content-type': 'application/json' };
  const probe = await fetch(url + verifyPath, { method: 'POST', headers, body });
  const answer = await probe.text();
  if (!answer.includes('"accepted"')) throw new Error(`the bench's code is not accepted: ${probe.status} ${answer}`);
  return requests;
}

async function measured(pid: number, port: number, requests: readonly Buffer[]): Promise<Turn> {
  const before = cpuSeconds(pid);
  const { done, seconds } = await load(port, requests, turnSeconds);
  // What follows the last answers belongs to them.
  await new Promise((resolve) => setTimeout(resolve, 300));
  return { perSecond: done / seconds, cpuMicros: ((cpuSeconds(pid) - before) * 1e6) / done };
}

const load = (port: number, requests: readonly Buffer[], seconds: number) =>
  runLoad({ port, connections, seconds, once: false, requests: requests.map((request) => request.toString('latin1')) });

/** One Ed25519 check and one signature by workerd's WebCrypto with keys at hand, in a Worker that does nothing else. */
async function rawSignatureMicros(): Promise<number> {
  const script = `
    let ready;
    async function prepare() {
      const { privateKey, publicKey } = await crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify']);
      const message = crypto.getRandomValues(new Uint8Array(800));
      return { privateKey, publicKey, message, signature: await crypto.subtle.sign('Ed25519', privateKey, message) };
    }
    export default {
      async fetch(request) {
        ready ??= await prepare();
        const { privateKey, publicKey, message, signature } = ready;
        for (let n = Number(new URL(request.url).searchParams.get('n')); n > 0; n--) {
          if (!(await crypto.subtle.verify('Ed25519', publicKey, signature, message))) throw new Error('raw');
          await crypto.subtle.sign('Ed25519', privateKey, message.subarray(0, 150));
        }
        return new Response('done');
      },
    };`;
  const others = new Set(workerds());
  const worker = { name: 'raw', modules: true, script, compatibilityDate: '2026-10-23' } as const;
  const miniflare = new Miniflare(convertV4MiniflareOptions({ host: '127.0.0.1', cf: false, workers: [worker] }));
  try {
    const address = await miniflare.ready;
    const pid = workerds().find((candidate) => !others.has(candidate));
    if (pid === undefined) throw new Error('the raw worker has no process');
    const spent = async (n: number) => {
      const before = cpuSeconds(pid);
      await (await fetch(`${address}?n=${n}`)).text();
      return ((cpuSeconds(pid) - before) * 1e6) / n;
    };
    await spent(2_000);
    const rounds: number[] = [];
    for (let round = 0; round < 4; round++) rounds.push(await spent(8_000));
    return Math.min(...rounds);
  } finally {
    await miniflare.dispose();
  }
}

function workerdOf(): number {
  const [pid] = workerds();
  if (pid === undefined) throw new Error('workerd is not there, or this is no Linux: its CPU time cannot be read');
  return pid;
}
