// `npm run keys -- <command>`: the terminal of the roots and of the trust list. Exit: 0 done, 1 refused or failed, 2 wrong usage.
// Long, as every command is here: one table.
import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { EpochSeconds } from '../../shared/base/brands.ts';
import { decodeBase64Url, encodeBase64Url } from '../../shared/bytes/base64url.ts';
import { AdminClient, placeFault } from './admin-client.ts';
import { withDashedValues } from './dashed-values.ts';
import {
  announceKey,
  compromiseKey,
  type EdgeWork,
  edgeKeys,
  endUnlistedKey,
  finishRotation,
  publishNextList,
  revokeSigned,
  standingList,
} from './key-acts.ts';
import {
  missingSigners,
  prepareList,
  publicRootName,
  publishList,
  readStanding,
  refusalToSign,
  signersOf,
  signList,
  useNextKey,
} from './list-ceremony.ts';
import { type ListFile, readListFile, writeListFile } from './list-file.ts';
import { listWords, rootName } from './list-words.ts';
import { loadNetworkState } from './network-state.ts';
import { askAtTerminal, knownPassphrase, newPassphrase } from './passphrase.ts';
import { defaultStateDir } from './places.ts';
import {
  makeOneRootFile,
  makeRootFile,
  type Passphrase,
  protectionOf,
  type Roots,
  readOneRootFile,
  readRootFile,
  refuseToOverwrite,
  resealRootFile,
  splitRootFile,
} from './root-file.ts';
import { usualCost } from './sealed-roots.ts';
import { newEdgeSecrets } from './secrets.ts';
import { isListed } from './trust-ceremony.ts';

class UsageError extends Error {}

export type KeysTerminal = {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly now: () => EpochSeconds;
  /** Where a person sits before it. */
  readonly ask?: ((question: string) => Promise<string>) | undefined;
  /** The same, and nothing of what is typed is shown. */
  readonly askHidden?: ((question: string) => Promise<string>) | undefined;
  /** What a guess at a new passphrase costs (sealed-roots.ts); a test may say less. */
  readonly passphraseCost?: number;
};

const options = {
  edge: { type: 'string' },
  token: { type: 'string' },
  state: { type: 'string', default: defaultStateDir },
  roots: { type: 'string' },
  root: { type: 'string' },
  'trust-roots': { type: 'string' },
  'next-roots': { type: 'string' },
  rotate: { type: 'string' },
  compromise: { type: 'string' },
  from: { type: 'string' },
  'passphrase-file': { type: 'string' },
  'no-passphrase': { type: 'boolean', default: false },
  finish: { type: 'boolean', default: false },
  revoke: { type: 'boolean', default: false },
  yes: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

type Values = ReturnType<typeof parseArgs<{ options: typeof options; allowPositionals: true }>>['values'];

type Call = {
  readonly values: Values;
  readonly terminal: KeysTerminal;
  readonly out: (text: string) => void;
  /** What stands behind the command's name: as many as it takes. */
  readonly words: readonly string[];
};

type Command = {
  /** Of its words, and what each is called. */
  readonly takes: string;
  readonly says: string;
  readonly words: readonly [least: number, most: number];
  readonly run: (call: Call) => Promise<void>;
};

/** The edge by its administration: no root comes near it. */
function edgeOf({ values, terminal }: Call): EdgeWork {
  const local = loadNetworkState(values.state);
  const edgeUrl = values.edge ?? terminal.env['TAWTHIQ_EDGE'] ?? local?.edgeUrl;
  const token = values.token ?? terminal.env['TAWTHIQ_ADMIN_TOKEN'] ?? local?.adminToken;
  if (!edgeUrl || !token) throw new UsageError('say --edge and --token, or run `npm start` first');
  const fault = placeFault(edgeUrl, token);
  if (fault) throw new UsageError(fault);
  return { api: new AdminClient(edgeUrl, token), edgeUrl, now: terminal.now };
}

const passphrasesOf = ({ values, terminal }: Call) => ({
  file: values['passphrase-file'],
  askHidden: terminal.askHidden,
});

/** Undefined for a file that has none, which is said. */
async function passphraseOf(call: Call, file: string): Promise<string | undefined> {
  const protection = protectionOf(file);
  if (protection === 'sealed') return knownPassphrase(passphrasesOf(call), file);
  if (protection === 'open')
    call.terminal.err(`${file} has no passphrase: whoever copies it can sign (\`keys seal\` gives it one)`);
  return undefined;
}

/** For a file that is to be made; nothing is asked for one that could not be written. */
async function chosenPassphrase(call: Call, file: string): Promise<Passphrase> {
  refuseToOverwrite(file);
  if (call.values['no-passphrase']) return null;
  const text = await newPassphrase(passphrasesOf(call), file);
  return { text, cost: call.terminal.passphraseCost ?? usualCost };
}

const readRoots = async (call: Call, file: string): Promise<Roots> =>
  readRootFile(file, await passphraseOf(call, file));
const localRoots = ({ values }: Call) => path.join(values.state, 'secrets.json');
const rootsOf = (call: Call) => readRoots(call, call.values.roots ?? localRoots(call));
const bothOf = async (call: Call) => ({ ...edgeOf(call), roots: await rootsOf(call) });

/** Public halves as TRUST_ROOTS has them: two, or none. */
function publicRoots(text: string | undefined, option: string): readonly string[] | undefined {
  if (text === undefined) return undefined;
  const roots = text.split(',').map((root) => root.trim());
  const good = roots.every((root) => {
    const bytes = decodeBase64Url(root);
    return bytes.ok && bytes.value.length === 32;
  });
  if (!good || roots.length !== 2 || roots[0] === roots[1]) throw new UsageError(`--${option} takes two roots: A,B`);
  return roots;
}

function instantOf(text: string | undefined): number {
  const seconds = text === undefined ? Number.NaN : /^\d{9,11}$/.test(text) ? Number(text) : Date.parse(text) / 1000;
  if (!Number.isFinite(seconds)) throw new UsageError('--from takes epoch seconds or ISO 8601');
  return Math.floor(seconds);
}

const day = (at: number) => new Date(at * 1000).toISOString().slice(0, 10);

async function list(call: Call): Promise<void> {
  const { out, values } = call;
  const work = edgeOf(call);
  const named = publicRoots(values['trust-roots'], 'trust-roots');
  if (!named && !values.roots && !existsSync(localRoots(call)))
    throw new UsageError('say --trust-roots A,B: the roots as you have them on paper');
  const standing = await standingList({
    ...work,
    roots: named?.map((publicKey) => ({ publicKey })) ?? (await rootsOf(call)),
  });
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

/** What a file is, as its bytes say: for whoever prepares it, and again for whoever signs it. */
async function tell(file: ListFile, out: (text: string) => void): Promise<void> {
  for (const line of listWords(file.list, file.standing && readStanding(file.standing))) out(line);
  const signed = await signersOf(file);
  out(signed.length > 0 ? `signed by ${signed.map(rootName).join(' and ')}` : 'signed by nobody yet');
  const missing = await missingSigners(file);
  if (missing.length > 0) out(`still to be signed by ${missing.join(' and ')}`);
}

async function prepare(call: Call): Promise<void> {
  const { values, out } = call;
  const [to = ''] = call.words;
  const compromised = values.compromise ? { kid: values.compromise, from: instantOf(values.from) } : undefined;
  const roots = publicRoots(values['next-roots'], 'next-roots');
  const file = { ...(await prepareList(edgeOf(call), { roots, compromised, rotate: values.rotate })), signed: [] };
  writeListFile(to, file);
  await tell(file, out);
  out(`${to} is to be signed: \`keys sign ${to} OUT --root FILE\`, where that root is`);
}

async function sign(call: Call): Promise<void> {
  const { values, terminal, out } = call;
  const [from = '', to = ''] = call.words;
  if (!values.root) throw new UsageError('say --root FILE: the one root that signs');
  const root = readOneRootFile(values.root, await passphraseOf(call, values.root));
  const file = readListFile(from);
  await tell(file, out);
  const known = publicRoots(values['trust-roots'], 'trust-roots') ?? [];
  const refusal = await refusalToSign(file, root, known);
  if (refusal) throw new Error(`not signed: ${refusal}`);
  // SECURITY: whoever holds a root signs what these words say, not what the file is called.
  if (!values.yes) {
    if (!terminal.ask) throw new UsageError('nobody is at this terminal to be asked: --yes signs what is said above');
    const answer = await terminal.ask(
      `Root ${publicRootName(root)} signs this? Type the version, ${file.list.version}: `,
    );
    if (answer.trim() !== String(file.list.version)) throw new Error('not signed: another version was typed');
  }
  const signed = await signList(file, root);
  writeListFile(to, signed);
  const missing = await missingSigners(signed);
  const next = missing.length > 0 ? `it is still to be signed by ${missing.join(' and ')}` : `\`keys publish ${to}\`, where the edge is reached`; // biome-ignore format: one row
  out(`signed by ${publicRootName(root)} into ${to}; ${next}`);
}

async function publish(call: Call): Promise<void> {
  const { values, out } = call;
  const [from] = call.words;
  if (from === undefined) return out(`version ${await publishNextList(await bothOf(call))} is published`);
  const file = readListFile(from);
  const { version, ended, revoked } = await publishList(edgeOf(call), file, { revoke: values.revoke });
  out(`version ${version} is published`);
  for (const { kid, replacedBy } of ended) out(`${kid} signs no more${replacedBy ? `; ${replacedBy} does now` : ''}`);
  if (values.revoke) out(`${revoked} credentials revoked`);
  const before = file.standing && readStanding(file.standing).roots.map((root) => encodeBase64Url(root.x));
  const roots = file.list.roots.map((root) => encodeBase64Url(root.x));
  if (before && roots.some((root) => !before.includes(root)))
    out(`set TRUST_ROOTS=${roots.join(',')} at the edge before the next list`);
}

async function compromise(call: Call): Promise<void> {
  const { values, out } = call;
  const [kid = ''] = call.words;
  const from = instantOf(values.from);
  const edge = edgeOf(call);
  const key = (await edgeKeys(edge)).find((candidate) => candidate.kid === kid);
  if (key && !isListed(key.purpose)) {
    const { replacedBy } = await endUnlistedKey(edge, kid);
    out(`${kid} signs no more${replacedBy ? `; ${replacedBy} does now` : ''}; it is in no list`);
    if (values.revoke) out(`${await revokeSigned(edge, kid, from)} credentials revoked`);
    return;
  }
  const done = await compromiseKey(await bothOf(call), kid, from, { revoke: values.revoke });
  out(`version ${done.version} is published${done.replacedBy ? `; ${done.replacedBy} signs now` : ''}`);
  if (values.revoke) out(`${done.revoked} credentials revoked`);
}

async function rotate(call: Call): Promise<void> {
  const { values, out } = call;
  const [purpose = ''] = call.words;
  const work = await bothOf(call);
  if (values.finish) {
    const { kid, version } = await finishRotation(work, purpose);
    return out(`${kid} signs from now on; version ${version} is published`);
  }
  const { kid, listed } = await announceKey(work, purpose);
  const where = listed === undefined ? ' already' : ` in version ${listed}`;
  out(`${kid} is listed${where}; rotate ${purpose} --finish when verifiers have fetched it`);
}

const commands: Readonly<Record<string, Command>> = {
  root: {
    takes: 'FILE',
    says: 'makes one root key in a new file under a passphrase, and prints its public half: on a machine without a network',
    words: [1, 1],
    run: async (call) => {
      const [file = ''] = call.words;
      call.out(makeOneRootFile(file, await chosenPassphrase(call, file)).publicKey);
    },
  },
  split: {
    takes: 'FILE A B',
    says: 'takes the two roots of one file apart into A and B; FILE is to be destroyed then',
    words: [3, 3],
    run: async (call) => {
      const [file = '', a = '', b = ''] = call.words;
      const roots = await readRoots(call, file);
      const passphrases = [await chosenPassphrase(call, a), await chosenPassphrase(call, b)];
      splitRootFile(roots, [a, b], passphrases);
      call.out(`TRUST_ROOTS=${roots.map((root) => root.publicKey).join(',')}\ndestroy ${file}: it holds both`);
    },
  },
  seal: {
    takes: 'FILE OUT',
    says: 'the roots of FILE in OUT, under a passphrase, or another one; FILE is to be destroyed then',
    words: [2, 2],
    run: async (call) => {
      const [file = '', to = ''] = call.words;
      if (call.values['no-passphrase']) throw new UsageError('what is sealed has a passphrase');
      const passphrase = await passphraseOf(call, file);
      await resealRootFile(file, passphrase, to, () => chosenPassphrase(call, to));
      call.out(`${to} is sealed; destroy ${file}`);
    },
  },
  secrets: {
    takes: 'OUT --trust-roots A,B',
    says: "before an edge's first start: writes the secrets that it is given, and prints its first administrator's token",
    words: [1, 1],
    run: async ({ words: [file = ''], values, out }) => {
      const roots = publicRoots(values['trust-roots'], 'trust-roots');
      if (!roots) throw new UsageError('say --trust-roots A,B: what `keys root` printed, twice');
      refuseToOverwrite(file);
      const { bindings, adminToken } = newEdgeSecrets(roots);
      writeFileSync(file, `${JSON.stringify(bindings, null, 2)}\n`, { mode: 0o600, flag: 'wx' });
      out(`${file} is for \`wrangler secret bulk ${file}\`; keep a copy of KEY_ENCRYPTION_KEY and NUMBER_SECRET as you keep a root,
and destroy ${file}: without those two the registry can never be read again.
The first administrator's token, shown this once:
${adminToken}`);
    },
  },
  prepare: {
    takes: 'OUT [--rotate PURPOSE] [--compromise KID --from TIME] [--next-roots A,B]',
    says: 'writes what is to be signed next; needs the edge and a token, and no root',
    words: [1, 1],
    run: prepare,
  },
  sign: {
    takes: 'IN OUT --root FILE [--trust-roots A,B] [--yes]',
    says: 'says what it is, asks, and adds the signature of one root; needs no network and no token',
    words: [2, 2],
    run: sign,
  },
  publish: {
    takes: '[FILE] [--revoke]',
    says: 'hands a signed list to the edge, and ends the keys that it calls compromised; without FILE: signs with both roots at hand',
    words: [0, 1],
    run: publish,
  },
  use: {
    takes: 'PURPOSE',
    says: 'the key that was listed by `prepare --rotate` signs from now on',
    words: [1, 1],
    run: async (call) => call.out(`${await useNextKey(edgeOf(call), call.words[0] ?? '')} signs from now on`),
  },
  list: { takes: '[--trust-roots A,B]', says: 'the trust list that stands, key by key', words: [0, 0], run: list },
  roots: {
    takes: 'FILE',
    says: 'both roots at hand: makes two root keys in one new file, and prints what TRUST_ROOTS is to be',
    words: [1, 1],
    run: async (call) => {
      const [file = ''] = call.words;
      const roots = makeRootFile(file, await chosenPassphrase(call, file));
      call.out(`TRUST_ROOTS=${roots.map((root) => root.publicKey).join(',')}`);
    },
  },
  rotate: {
    takes: 'PURPOSE [--finish]',
    says: 'both roots at hand: makes and lists the next key; with --finish it signs from now on',
    words: [1, 1],
    run: rotate,
  },
  compromise: {
    takes: 'KID --from TIME [--revoke]',
    says: 'both roots at hand: nothing it signed from then on counts (TIME: epoch seconds or ISO 8601)',
    words: [1, 1],
    run: compromise,
  },
  'change-roots': {
    takes: 'FILE',
    says: 'both roots at hand: the next list stands on the roots in FILE; both former ones sign it too',
    words: [1, 1],
    run: async (call) => {
      const version = await publishNextList(await bothOf(call), {
        newRoots: await readRoots(call, call.words[0] ?? ''),
      });
      call.out(`version ${version} stands on the new roots; set TRUST_ROOTS to them before the next list`);
    },
  },
};

const usage = `npm run keys -- <command> [--edge URL] [--token TOKEN] [--roots FILE] [--state DIR]

${Object.entries(commands)
  .map(([name, { takes, says }]) => `  ${name} ${takes}\n      ${says}`)
  .join('\n')}

PURPOSE: credential, receipt, status, evidence. Between a key's list and its use leave verifiers the time to fetch the list.
A routine list takes one root, a change of roots both and both new ones (docs/key-ceremonies.md).
A passphrase is asked for at the terminal, or is the first line of --passphrase-file FILE; --no-passphrase makes roots that have none.
The edge and the token also come from TAWTHIQ_EDGE and TAWTHIQ_ADMIN_TOKEN, or from the network that \`npm start\` runs here;
--roots is that network's own file unless it is said, and --state the folder that it is kept in.
`;

export async function main(args: readonly string[], terminal: KeysTerminal): Promise<number> {
  try {
    const { values, positionals } = parseArgs({
      args: withDashedValues(args, options),
      options,
      allowPositionals: true,
    });
    const [name = '', ...words] = positionals;
    if (values.help) {
      terminal.out(usage);
      return 0;
    }
    const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
    if (!command) throw new UsageError('no such command');
    const [least, most] = command.words;
    if (words.length < least || words.length > most) throw new UsageError(`${name} ${command.takes}`);
    await command.run({ values, terminal, out: terminal.out, words });
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
    ...(process.stdin.isTTY && {
      ask: (question) => askAtTerminal(question, false),
      askHidden: (question) => askAtTerminal(question, true),
    }),
  });
}
