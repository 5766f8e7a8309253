// `npm run keys -- <command>`: the roots' own terminal. Exit: 0 done, 1 refused or failed, 2 wrong usage.
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { EpochSeconds } from '../../shared/base/brands.ts';
import { encodeBase64Url } from '../../shared/bytes/base64url.ts';
import { AdminClient } from './admin-client.ts';
import {
  announceKey,
  compromiseKey,
  edgeKeys,
  finishRotation,
  type KeyWork,
  publishNextList,
  standingList,
} from './key-acts.ts';
import { loadNetworkState } from './network-state.ts';
import { defaultStateDir } from './places.ts';
import { makeRootFile, readRootFile } from './root-file.ts';

const usage = `npm run keys -- <command> [--edge URL] [--token TOKEN] [--roots FILE]

  roots FILE                          makes two root keys in a new file, and prints what TRUST_ROOTS is to be
  list                                the trust list that stands, key by key
  publish                             signs and publishes the next version of the list
  rotate PURPOSE [--finish]           makes and lists the next key; with --finish it signs from now on
  compromise KID --from TIME [--revoke]   nothing it signed from then on counts (TIME: epoch seconds or ISO 8601)
  change-roots FILE                   the next list stands on the roots in FILE; both former ones sign it too

PURPOSE: credential, receipt, status, evidence. Between rotate and rotate --finish leave verifiers the time to fetch the list.
The edge and the token also come from TAWTHIQ_EDGE and TAWTHIQ_ADMIN_TOKEN, or from the network that \`npm start\` runs here.
`;

class UsageError extends Error {}

export type KeysTerminal = {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly now: () => EpochSeconds;
};

const options = {
  edge: { type: 'string' },
  token: { type: 'string' },
  roots: { type: 'string' },
  from: { type: 'string' },
  finish: { type: 'boolean', default: false },
  revoke: { type: 'boolean', default: false },
} as const;

type Values = ReturnType<typeof parseArgs<{ options: typeof options; allowPositionals: true }>>['values'];

function workOf(values: Values, terminal: KeysTerminal): KeyWork {
  const local = loadNetworkState(defaultStateDir);
  const edgeUrl = values.edge ?? terminal.env['TAWTHIQ_EDGE'] ?? local?.edgeUrl;
  const token = values.token ?? terminal.env['TAWTHIQ_ADMIN_TOKEN'] ?? local?.adminToken;
  if (!edgeUrl || !token) throw new UsageError('say --edge and --token, or run `npm start` first');
  const roots = readRootFile(values.roots ?? path.join(defaultStateDir, 'secrets.json'));
  return { api: new AdminClient(edgeUrl, token), edgeUrl, roots, now: terminal.now };
}

function instantOf(text: string | undefined): number {
  const seconds = text === undefined ? Number.NaN : /^\d{9,11}$/.test(text) ? Number(text) : Date.parse(text) / 1000;
  if (!Number.isFinite(seconds)) throw new UsageError('--from takes epoch seconds or ISO 8601');
  return Math.floor(seconds);
}

const day = (at: number) => new Date(at * 1000).toISOString().slice(0, 10);

async function list(work: KeyWork, out: (text: string) => void): Promise<void> {
  const standing = await standingList(work);
  if (!standing) return out('no list has been published yet');
  const atEdge = new Map((await edgeKeys(work)).map((key) => [key.kid, key.state]));
  out(
    `version ${standing.version}, ${encodeBase64Url(standing.hash).slice(0, 8)}…, next one due ${day(standing.expiresAt)}`,
  );
  for (const key of standing.keys) {
    const kid = encodeBase64Url(key.kid);
    const from =
      key.compromisedAt === undefined ? '' : `, compromised from ${new Date(key.compromisedAt * 1000).toISOString()}`;
    const dates = `signs ${day(key.usableFrom)} to ${day(key.signUntil)}, accepted to ${day(key.acceptUntil)}`;
    out(`  ${kid}  ${key.purposes.join(' ').padEnd(10)} ${key.state} (${atEdge.get(kid) ?? 'gone'})  ${dates}${from}`);
  }
}

export async function main(args: readonly string[], terminal: KeysTerminal): Promise<number> {
  const { out } = terminal;
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    const [command, word] = positionals;
    if (command === 'roots') {
      if (!word) throw new UsageError('roots FILE');
      const roots = makeRootFile(word);
      out(`TRUST_ROOTS=${roots.map((root) => root.publicKey).join(',')}`);
      return 0;
    }
    if (command === undefined || !['list', 'publish', 'rotate', 'compromise', 'change-roots'].includes(command)) {
      throw new UsageError('no such command');
    }
    if (command !== 'list' && command !== 'publish' && !word) throw new UsageError(`${command} takes a word more`);
    const work = workOf(values, terminal);
    if (command === 'list') await list(work, out);
    else if (command === 'publish') out(`version ${await publishNextList(work)} is published`);
    else if (command === 'rotate' && values.finish) {
      const { kid, version } = await finishRotation(work, word ?? '');
      out(`${kid} signs from now on; version ${version} is published`);
    } else if (command === 'rotate') {
      const { kid, listed } = await announceKey(work, word ?? '');
      out(
        `${kid} is listed${listed === undefined ? ' already' : ` in version ${listed}`}; rotate ${word} --finish when verifiers have fetched it`,
      );
    } else if (command === 'compromise') {
      const done = await compromiseKey(work, word ?? '', instantOf(values.from), { revoke: values.revoke });
      out(`version ${done.version} is published${done.replacedBy ? `; ${done.replacedBy} signs now` : ''}`);
      if (values.revoke) out(`${done.revoked} credentials revoked`);
    } else {
      const version = await publishNextList(work, { newRoots: readRootFile(word ?? '') });
      out(`version ${version} stands on the new roots; set TRUST_ROOTS to them before the next list`);
    }
    return 0;
  } catch (error) {
    const usageWrong = error instanceof UsageError || (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS');
    terminal.err(`${error instanceof Error ? error.message : String(error)}${usageWrong ? `\n\n${usage}` : ''}`);
    return usageWrong ? 2 : 1;
  }
}

if (import.meta.main) {
  process.exitCode = await main(process.argv.slice(2), {
    env: process.env,
    out: (text) => console.log(text),
    err: (text) => console.error(text),
    now: () => Math.floor(Date.now() / 1000) as EpochSeconds,
  });
}
