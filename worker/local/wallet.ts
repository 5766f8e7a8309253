// `npm run wallet`: a person's wallet in a terminal, for the network that `npm start` runs here: a login is shown, the number of its
// page is typed, the answer is signed. Exit: 0 answered or bound, 1 refused or nothing came, 2 wrong usage, 3 no edge answers.
import { createInterface } from 'node:readline/promises';
import type { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { BindRequest, type LiveRequest, type WalletDecision } from '../../shared/contract/wallet.ts';
import { toAsciiDigits } from '../../shared/i18n/digits.ts';
import { isLocale, type Locale } from '../../shared/i18n/locale.ts';
import { hasWallet, isWalletName, keepWallet, loadWallets, type NamedWallet } from './kept-wallets.ts';
import { loadNetworkState } from './network-state.ts';
import { defaultStateDir } from './places.ts';
import { bindNewKey, WalletClient, WalletRefused } from './wallet-client.ts';
import { refusalWords, reportWords, type WalletWords, walletWords } from './wallet-texts.ts';

/** Where the command reads and writes: the process's own, or a test's. */
export type WalletTerminal = {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly input: Readable;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
};

/** Ends the command: what is said, and the exit code. */
class Ended extends Error {
  readonly code: 1 | 2 | 3;
  constructor(message: string, code: 1 | 2 | 3) {
    super(message);
    this.code = code;
  }
}

const askEveryMs = 1000;

function chosenFrom(args: readonly string[], env: WalletTerminal['env']) {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: {
      state: { type: 'string', default: defaultStateDir },
      name: { type: 'string' },
      lang: { type: 'string', default: env['LANG'] ?? '' },
      wait: { type: 'string', default: '120' },
      help: { type: 'boolean', default: false },
    },
    allowPositionals: true,
  });
  return { ...values, positionals };
}

const localeOf = (text: string): Locale => {
  const language = text.slice(0, 2).toLowerCase();
  return isLocale(language) ? language : 'en';
};

/** The command line in one language: whatever is wrong with it is said there too. */
export async function main(args: readonly string[], terminal: WalletTerminal): Promise<number> {
  let t: WalletWords = walletWords[localeOf(terminal.env['LANG'] ?? '')];
  try {
    const { lang, positionals, state, name, wait, help } = chosenFrom(args, terminal.env);
    const locale = localeOf(lang);
    t = walletWords[locale];
    const seconds = /^\d{1,4}$/.test(wait) ? Number(wait) : undefined;
    const [command, code, ...more] = positionals;
    const meant = command === undefined || (command === 'bind' && code !== undefined && more.length === 0);
    if (help) {
      terminal.out(`${t.usage}\n`);
      return 0;
    }
    if (!meant || seconds === undefined) throw new Ended(t.usage, 2);
    if (name !== undefined && !isWalletName(name)) throw new Ended(t.badName, 2);
    const edge = loadNetworkState(state)?.edgeUrl;
    if (edge === undefined) throw new Ended(t.noNetwork(state), 3);
    const setting: Setting = { t, locale, terminal, stateDir: state, edge };
    return code === undefined ? await answerOne(setting, name, seconds) : await bind(setting, code, name);
  } catch (error) {
    const usageWrong = (error as { code?: string }).code?.startsWith?.('ERR_PARSE_ARGS');
    if (!usageWrong && !(error instanceof Ended) && !(error instanceof WalletRefused)) throw error;
    const refused = error instanceof WalletRefused;
    const said = refused
      ? sentenceOf(error)
      : usageWrong
        ? `${(error as Error).message}\n\n${t.usage}`
        : (error as Error).message;
    terminal.err(`${said}\n`);
    return error instanceof Ended ? error.code : refused ? 1 : 2;
  }
}

type Setting = {
  readonly t: WalletWords;
  readonly locale: Locale;
  readonly terminal: WalletTerminal;
  readonly stateDir: string;
  readonly edge: string;
};

const sentenceOf = ({ title, detail }: WalletRefused): string =>
  detail === undefined ? title : `${title} — ${detail}`;

/** A call to the edge; a line that is down is said as such. */
async function reached<T>({ t, edge }: Setting, call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    // What fetch throws where nobody listens.
    if (error instanceof TypeError) throw new Ended(t.notRunning(edge), 3);
    throw error;
  }
}

async function bind(setting: Setting, code: string, asked: string | undefined): Promise<number> {
  const { t, stateDir, edge, locale } = setting;
  if (!BindRequest.shape.setupCode.safeParse(code).success) throw new Ended(t.notACode, 2);
  const name = asked ?? freeName(stateDir);
  if (hasWallet(stateDir, name)) throw new Ended(t.nameTaken(name), 2);
  const wallet = await reached(setting, bindNewKey(edge, code, name, locale));
  keepWallet(stateDir, { name, wallet });
  setting.terminal.out(`${t.bound(name)}\n`);
  return 0;
}

function freeName(stateDir: string): string {
  for (let n = 1; ; n++) if (!hasWallet(stateDir, `wallet-${n}`)) return `wallet-${n}`;
}

type Waiting = { readonly name: string; readonly client: WalletClient; readonly request: LiveRequest };

/** The oldest request of the first wallet that has one. */
async function firstRequest(setting: Setting, wallets: readonly NamedWallet[]): Promise<Waiting | undefined> {
  for (const { name, wallet } of wallets) {
    const client = new WalletClient(wallet, setting.locale);
    const [request] = await reached(setting, client.requests());
    if (request) return { name, client, request };
  }
  return undefined;
}

async function answerOne(setting: Setting, name: string | undefined, waitSeconds: number): Promise<number> {
  const { t, stateDir, terminal } = setting;
  const all = loadWallets(stateDir);
  if (all.length === 0) throw new Ended(t.noWallet, 1);
  const wallets = all.filter((each) => name === undefined || each.name === name);
  if (wallets.length === 0) throw new Ended(t.noSuchWallet(name ?? ''), 2);
  let waiting = await firstRequest(setting, wallets);
  if (!waiting) terminal.out(`${t.waiting(waitSeconds)}\n`);
  const until = Date.now() + waitSeconds * 1000;
  while (!waiting && Date.now() < until) {
    await pause(askEveryMs);
    waiting = await firstRequest(setting, wallets);
  }
  if (!waiting) throw new Ended(t.nothingCame, 1);
  return decide(setting, waiting);
}

/** Shows who asks, takes what is typed until the edge takes it. A request that is over is said as the edge says it. */
async function decide({ t, locale, terminal }: Setting, { name, client, request }: Waiting): Promise<number> {
  const lines = [
    t.asks(request.client.name[locale]),
    `  ${t.purpose}: ${request.purpose}`,
    `  ${t.from}: ${request.from}`,
    `  ${t.wallet}: ${name}`,
  ];
  terminal.out(`${lines.join('\n')}\n`);
  const typed = createInterface({ input: terminal.input });
  try {
    terminal.out(t.prompt(request.digits));
    for await (const line of typed) {
      const text = toAsciiDigits(line).replaceAll(/[\s-]/g, '').toLowerCase();
      const decision: WalletDecision = refusalWords.includes(text)
        ? 'refuse'
        : reportWords.includes(text)
          ? 'report'
          : 'approve';
      if (decision === 'approve' && !new RegExp(`^\\d{${request.digits}}$`).test(text)) {
        terminal.out(`${t.notANumber(request.digits)}\n${t.prompt(request.digits)}`);
        continue;
      }
      try {
        const state = await client.answer(request, decision, decision === 'approve' ? text : '');
        terminal.out(`${t.states[state]}\n`);
        return 0;
      } catch (error) {
        if (!(error instanceof WalletRefused) || error.reason !== 'number_wrong') throw error;
        terminal.out(`${sentenceOf(error)}\n${t.prompt(request.digits)}`);
      }
    }
    return 1;
  } finally {
    typed.close();
  }
}

if (import.meta.main) {
  process.exitCode = await main(process.argv.slice(2), {
    env: process.env,
    input: process.stdin,
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
  });
}
