// `npm run admin -- <command>`: the authority's API from a terminal. Exit: 0 done, 1 refused by the edge, 2 wrong usage,
// 3 no edge answers, 4 an import that refused lines.
import { AdminClient, AdminRefused, EdgeUnreachable, placeFault } from './admin-client.ts';
import { type Command, commands, type Typed, UsageError } from './admin-commands.ts';
import { importPeopleFile, peopleImport, type Terminal } from './import-people.ts';
import { loadNetworkState } from './network-state.ts';
import { defaultStateDir } from './places.ts';
import { CheckFailed } from './read-archive.ts';

type Named = Pick<Command, 'words' | 'usage'>;

/** What was typed is not what this command takes. */
class WrongWords extends UsageError {
  readonly command: Named;
  constructor(message: string, command: Named) {
    super(message);
    this.command = command;
  }
}

function usage(): string {
  const lines = [...commands, peopleImport].map((command) => `  ${command.words.padEnd(22)}${command.usage}`);
  return `npm run admin -- <command> [--edge URL] [--token TOKEN] [--state DIR] [--json]
The edge and the token also come from TAWTHIQ_EDGE and TAWTHIQ_ADMIN_TOKEN, or from the network that \`npm start\` runs here (--state:
the folder that it is kept in, if you chose one).

${lines.join('\n')}
`;
}

/** Every option that any command's usage names: a misspelt one must not be passed over. */
const optionNames = new Set(
  [usage(), '--password'].flatMap((text) => [...text.matchAll(/--([a-z][a-z-]+)/g)].map(([, name = '']) => name)),
);

const ofEvery: readonly string[] = ['edge', 'token', 'state'];

/** Why a command would pass over a part of what was typed; undefined: it takes all of it. SECURITY: half of an order is another order. */
function leftOver({ words, usage }: Named, typed: Typed): string | undefined {
  const named = [...usage.matchAll(/--([a-z][a-z-]+)/g)].map(([, name]) => name);
  // Known, and not shown: other programs can read it.
  if (usage.includes('TAWTHIQ_PASSWORD')) named.push('password');
  const option = Object.keys(typed.options).find((name) => !ofEvery.includes(name) && !named.includes(name));
  if (option !== undefined) return `${words} takes no --${option}`;
  const most = /^(ID|FILE)/.test(usage) ? 1 : 0;
  const [extra] = typed.words.slice(most);
  return extra === undefined ? undefined : `${words} takes no "${extra}"`;
}

const flags = new Set(['replace']);

/** Options of every command: all take a text, but the flags, --json and --help. */
function typedOf(args: readonly string[]): { typed: Typed; json: boolean; help: boolean } {
  const options: Record<string, string> = {};
  const words: string[] = [];
  let json = false;
  let help = false;
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] ?? '';
    if (arg === '--json') json = true;
    else if (arg === '--help' || arg === '-h') help = true;
    else if (arg.startsWith('--') && arg.length > 2) {
      const [name = '', inline] = arg.slice(2).split(/=(.*)/s);
      if (!optionNames.has(name)) throw new UsageError(`there is no option --${name}`);
      if (flags.has(name) && inline !== undefined) throw new UsageError(`--${name} takes no value`);
      const value = flags.has(name) ? '' : (inline ?? args[++i]);
      if (value === undefined) throw new UsageError(`--${name} takes a value`);
      options[name] = value;
    } else words.push(arg);
  }
  return { typed: { options, words, env: {} }, json, help };
}

function clientOf(typed: Typed, { env }: Terminal): AdminClient {
  const local = loadNetworkState(typed.options['state'] ?? defaultStateDir);
  const edge = typed.options['edge'] ?? env['TAWTHIQ_EDGE'] ?? local?.edgeUrl;
  const token = typed.options['token'] ?? env['TAWTHIQ_ADMIN_TOKEN'] ?? local?.adminToken;
  if (!edge || !token) throw new UsageError('say --edge and --token, or run `npm start` first');
  const fault = placeFault(edge, token);
  if (fault) throw new UsageError(fault);
  return new AdminClient(edge, token);
}

/** Nested values as `a.b: value` lines, lists of objects as one line each. */
function plain(value: unknown, path = ''): string {
  if (Array.isArray(value)) {
    return value.map((item) => (typeof item === 'object' ? JSON.stringify(item) : String(item))).join('\n');
  }
  if (typeof value !== 'object' || value === null) return path ? `${path}: ${String(value)}` : String(value);
  return Object.entries(value)
    .map(([key, item]) => {
      if (Array.isArray(item)) return `${path}${key}:\n${plain(item)}`;
      return typeof item === 'object' && item !== null
        ? plain(item, `${path}${key}.`)
        : `${path}${key}: ${String(item)}`;
    })
    .join('\n');
}

async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  const { typed, json, help } = typedOf(args);
  const [first = '', second = '', ...words] = typed.words;
  if (help || first === 'help') {
    terminal.out(usage());
    return 0;
  }
  const name = `${first} ${second}`;
  const rest: Typed = { options: typed.options, words, env: terminal.env };
  const command = commands.find((candidate) => candidate.words === name);
  const known = name === peopleImport.words ? peopleImport : command;
  if (!known) throw new UsageError(first ? `there is no command "${name.trim()}"` : '');
  const extra = leftOver(known, rest);
  if (extra) throw new WrongWords(extra, known);
  try {
    if (!command) return await importPeopleFile(clientOf(rest, terminal), rest, json, terminal);
    const answer = await command.run(clientOf(rest, terminal), rest);
    terminal.out(json ? `${JSON.stringify(answer)}\n` : `${command.shown?.(answer) ?? plain(answer)}\n`);
    return 0;
  } catch (error) {
    throw error instanceof UsageError ? new WrongWords(error.message, known) : error;
  }
}

const fileFaults: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder',
  EACCES: 'it may not be used',
  EISDIR: 'it is a folder',
  ENOTDIR: 'its folder is a file',
};

/** Why a file that a command was given cannot be used; undefined for any other error. */
function unusableFile(error: unknown): string | undefined {
  const { code = '', path = '' } = error as NodeJS.ErrnoException;
  const fault = fileFaults[code];
  return fault && `${path || 'the file that was named'}: ${fault}`;
}

/** Runs one command line and answers the exit code; what went wrong is on standard error. */
export async function main(args: readonly string[], terminal: Terminal): Promise<number> {
  try {
    return await run(args, terminal);
  } catch (error) {
    if (error instanceof WrongWords) {
      const { words, usage: takes } = error.command;
      terminal.err(
        `${error.message}\n\n  npm run admin -- ${words} ${takes}\n\nEvery command: npm run admin -- help\n`,
      );
      return 2;
    }
    if (error instanceof UsageError) {
      terminal.err(`${error.message ? `${error.message}\n\n` : ''}${usage()}`);
      return 2;
    }
    const unusable = unusableFile(error);
    if (unusable) {
      terminal.err(`${unusable}\n`);
      return 2;
    }
    if (error instanceof AdminRefused) {
      const { reason, title, detail, errors = [] } = error.problem;
      terminal.err(`refused (${reason}): ${[title, detail].filter((part) => part).join(': ')}\n`);
      for (const { pointer, detail: what } of errors) terminal.err(`  ${pointer}: ${what}\n`);
      return 1;
    }
    if (error instanceof CheckFailed) {
      terminal.err(`${error.message}\n`);
      return 1;
    }
    if (error instanceof EdgeUnreachable) {
      terminal.err(`${error.message}\n`);
      return 3;
    }
    throw error;
  }
}

if (process.argv[1] === import.meta.filename) {
  process.exitCode = await main(process.argv.slice(2), {
    env: process.env,
    input: process.stdin,
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
    isScreen: process.stderr.isTTY === true,
  });
}
