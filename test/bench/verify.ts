// POST /v1/verify against an empty route of the same workerd, throughput and CPU, and a batch of a hundred codes against the raw CPU of
// its signature checks. The load comes from a second process; workerd's CPU time is read from the kernel, with everything that follows
// an answer (journal, queue, archive, lists) in it. One check by tables beside one by the platform. All take turns, and the least disturbed
// turn of each counts.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { maxBatchCodes, verifyBatchPath, verifyPath } from '../../shared/contract/verify.ts';
import { freePort } from '../../worker/local/free-port.ts';
import { startEdge } from '../../worker/local/network.ts';
import { newSecrets } from '../../worker/local/secrets.ts';
import { cpuSeconds, pinServer, workerds } from './cores.ts';
import type { Figure } from './figure.ts';
import { runLoad } from './load.ts';
import { type RawSignatures, startRawSignatures } from './raw-signatures.ts';
import { verifyRequests } from './verify-requests.ts';

const connections = 16;
/** The least disturbed of so many counts: on a shared machine one in three may find no quiet second. */
const turns = 5;
/** Of every side, the raw checks too: the shorter a turn, the likelier it meets no disturbance and no collection of garbage. */
const turnSeconds = 4;
/** Longer than a journal entry is on its way from the answer to the archive. */
const drainMs = 8_000;

type Load = {
  readonly requests: readonly string[];
  readonly seconds: number;
  /** Until V8 has compiled what runs often; counted, since a busy machine gets little done in a second. */
  readonly warmUp: number;
  /** What follows the answers belongs to them: it is waited for. */
  readonly drained: boolean;
};
type Turn = { readonly perSecond: number; readonly cpuMicros: number };
type Best = Turn;

export async function figures(options: { readonly log: (line: string) => void }): Promise<readonly Figure[]> {
  const { log } = options;
  const stateDir = mkdtempSync(path.join(tmpdir(), 'tawthiq-bench-'));
  const port = await freePort();
  const secrets = newSecrets();
  const edge = await startEdge({ stateDir, port, secrets, bundleDir: path.join(stateDir, 'bundle'), plain: true });
  let raw: RawSignatures | undefined;
  try {
    const [pid] = workerds();
    if (pid === undefined) throw new Error('workerd is not there, or this is no Linux: its CPU time cannot be read');
    raw = await startRawSignatures();
    pinServer(pid);
    const { single, batch } = await verifyRequests(edge.url, secrets);
    // The very same requests to a route that does nothing: only the path differs, and every byte count is equal.
    const empty = single.map((request) => request.replace(`POST ${verifyPath} `, 'POST /healthz?x '));
    const get = [`GET /healthz HTTP/1.1\r\nHost: localhost:${port}\r\n\r\n`];
    const loads = {
      empty: { requests: empty, seconds: turnSeconds, warmUp: 8_000, drained: false },
      verify: { requests: single, seconds: turnSeconds, warmUp: 12_000, drained: true },
      get: { requests: get, seconds: turnSeconds, warmUp: 8_000, drained: false },
      batch: { requests: batch, seconds: turnSeconds, warmUp: 200, drained: true },
    } as const satisfies Record<string, Load>;
    const best = { ...(await measuredInTurns(pid, port, loads, raw, log)) };
    return figuresOf(best);
  } finally {
    await raw?.stop();
    await edge.stop();
    rmSync(stateDir, { recursive: true, force: true });
  }
}

type Measured = Record<'empty' | 'verify' | 'get' | 'batch', Best> & {
  check: number;
  checkAndSign: number;
  tableCheck: number;
};

async function measuredInTurns(
  pid: number,
  port: number,
  loads: Record<'empty' | 'verify' | 'get' | 'batch', Load>,
  raw: RawSignatures,
  log: (line: string) => void,
): Promise<Measured> {
  const named = Object.entries(loads) as ['empty' | 'verify' | 'get' | 'batch', Load][];
  for (const [, { requests, warmUp }] of named) {
    for (let done = 0; done < warmUp; ) done += (await send(port, requests, 2)).done;
  }
  await pause(drainMs);
  const none: Best = { perSecond: 0, cpuMicros: Number.POSITIVE_INFINITY };
  const best: Measured = {
    ...{ empty: none, verify: none, get: none, batch: none },
    check: Number.POSITIVE_INFINITY,
    checkAndSign: Number.POSITIVE_INFINITY,
    tableCheck: Number.POSITIVE_INFINITY,
  };
  for (let turn = 1; turn <= turns; turn++) {
    for (const [name, load] of named) {
      const taken = await measured(pid, port, load);
      const { perSecond, cpuMicros } = best[name];
      best[name] = {
        perSecond: Math.max(perSecond, taken.perSecond),
        cpuMicros: Math.min(cpuMicros, taken.cpuMicros),
      };
      const said = `${taken.perSecond.toFixed(0)} request/s, ${taken.cpuMicros.toFixed(0)} µs CPU`;
      log(`verify: turn ${turn} of ${turns}, ${name}: ${said}`);
    }
    best.check = Math.min(best.check, await raw.micros('check', turnSeconds));
    best.tableCheck = Math.min(best.tableCheck, await raw.micros('table_check', turnSeconds));
    best.checkAndSign = Math.min(best.checkAndSign, await raw.micros('check_and_sign', turnSeconds));
  }
  return best;
}

function figuresOf({ empty, verify, get, batch, check, checkAndSign, tableCheck }: Measured): readonly Figure[] {
  const throughput = verify.perSecond / empty.perSecond;
  const floor = empty.cpuMicros + checkAndSign;
  const overGet = [verify.perSecond / get.perSecond, verify.cpuMicros / (get.cpuMicros + checkAndSign)] as const;
  const getNote = `against an empty GET: ${overGet[0].toFixed(2)} of its throughput, ${overGet[1].toFixed(2)} of its CPU with the signatures`;
  const checks = maxBatchCodes * check;
  return [
    {
      name: 'verify.throughput',
      ours: verify.perSecond,
      peer: empty.perSecond,
      unit: 'request/s',
      ratio: throughput,
      target: '>= 0.35',
      ok: throughput >= 0.35,
      note: `POST ${verifyPath} (caller checked, receipt signed, journalled) against the same request to an empty route, ${connections} connections; ${getNote}`,
    },
    {
      name: 'verify.cpu',
      ours: verify.cpuMicros,
      peer: floor,
      unit: 'µs CPU/request',
      ratio: verify.cpuMicros / floor,
      target: '<= 1.5',
      ok: verify.cpuMicros / floor <= 1.5,
      note: `workerd's whole CPU a request, its journal archived, against the same request to an empty route and ${checkAndSign.toFixed(0)} µs of raw Ed25519 (one check, one signature)`,
    },
    {
      name: 'verify.batch',
      ours: batch.cpuMicros / 1000,
      peer: checks / 1000,
      unit: 'ms CPU/batch',
      ratio: batch.cpuMicros / checks,
      target: '<= 1.5',
      ok: batch.cpuMicros / checks <= 1.5,
      note: `POST ${verifyBatchPath}: ${maxBatchCodes} codes of profile S with a photo, one receipt and its line in the journal, against ${maxBatchCodes} raw Ed25519 checks by the same workerd`,
    },
    {
      name: 'verify.check',
      ours: tableCheck,
      peer: check,
      unit: 'µs CPU/check',
      ratio: tableCheck / check,
      target: '<= 0.5',
      ok: tableCheck / check <= 0.5,
      note: 'Ed25519 over 800 bytes by the tables of the key that signs all codes, against WebCrypto of the same workerd',
    },
  ];
}

async function measured(pid: number, port: number, load: Load): Promise<Turn> {
  const before = cpuSeconds(pid);
  const { done, seconds } = await send(port, load.requests, load.seconds);
  await pause(load.drained ? drainMs : 300);
  return { perSecond: done / seconds, cpuMicros: ((cpuSeconds(pid) - before) * 1e6) / done };
}

const send = (port: number, requests: readonly string[], seconds: number) =>
  runLoad({ port, connections, seconds, once: false, requests });

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
