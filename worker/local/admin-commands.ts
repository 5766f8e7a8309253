// The commands of `npm run admin`, one table: what each takes and which call it makes. Knows no terminal.
import { access, constants, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';
import { CardContent } from '../../shared/contract/card.ts';
import type { AdminClient } from './admin-client.ts';
import { hoursOf } from './centre-hours.ts';
import { BreachedFileError, importBreached } from './import-breached.ts';
import { printCard } from './print-card.ts';
import { searchArchive, verifyArchive } from './read-archive.ts';

/** What was typed: options by name, the words behind the command; and the environment. */
export type Typed = {
  readonly options: Readonly<Record<string, string>>;
  readonly words: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
};

export class UsageError extends Error {}

export type Command = {
  readonly words: string;
  readonly usage: string;
  readonly run: (client: AdminClient, typed: Typed) => Promise<unknown>;
  /** Its answer for a person's eyes, where line by line would be too much; undefined: line by line after all. */
  readonly shown?: (answer: unknown) => string | undefined;
};

function need(typed: Typed, name: string): string {
  const value = typed.options[name];
  if (value === undefined) throw new UsageError(`--${name} is missing`);
  return value;
}

/** `--name-ar` and `--name-en`, or one `--name` for both. */
function nameOf(typed: Typed): { ar: string; en: string } {
  const { name, 'name-ar': ar, 'name-en': en } = typed.options;
  if (name === undefined && (ar === undefined || en === undefined)) {
    throw new UsageError('--name, or --name-ar and --name-en');
  }
  return { ar: ar ?? name ?? '', en: en ?? name ?? '' };
}

function wholeNumber(typed: Typed, name: string, otherwise: number): number {
  const text = typed.options[name];
  if (text === undefined) return otherwise;
  if (!/^\d{1,12}$/.test(text)) throw new UsageError(`--${name} takes a whole number`);
  return Number(text);
}

function listOf(typed: Typed, name: string): string[] | undefined {
  return typed.options[name]?.split(',').map((part) => part.trim());
}

/** A secret from the environment rather than the command line, which other users of a machine can read. */
function passwordOf(typed: Typed): string {
  const password = typed.options['password'] ?? typed.env['TAWTHIQ_PASSWORD'];
  if (!password) throw new UsageError('put the password into TAWTHIQ_PASSWORD (or --password)');
  return password;
}

function which(typed: Typed): Record<string, unknown> {
  const { number, hash, index } = typed.options;
  const given = [number, hash, index].filter((value) => value !== undefined);
  if (given.length !== 1) throw new UsageError('one of --number, --hash, --index');
  if (number !== undefined) return { number };
  return hash !== undefined ? { credentialHash: hash } : { statusIndex: wholeNumber(typed, 'index', 0) };
}

const whichUsage = '--number N | --hash H | --index I, and --reason REASON';

const moveCredential =
  (verb: 'revoke' | 'suspend' | 'reinstate') =>
  (client: AdminClient, typed: Typed): Promise<unknown> =>
    client.call('POST', `/v1/admin/credentials/${verb}`, { which: which(typed), reason: need(typed, 'reason') });

/** The number goes in the body; what comes back is drawn here and written, and only its hash is told. */
async function drawCardOf(client: AdminClient, typed: Typed): Promise<unknown> {
  const out = need(typed, 'out');
  const order = { number: need(typed, 'number') };
  // A card is issued when it is asked for: where it cannot be written, it is not asked for.
  await access(path.dirname(path.resolve(out)), constants.W_OK);
  if ((await stat(out).catch(() => undefined))?.isDirectory()) throw new UsageError(`${out}: it is a folder`);
  const content = CardContent.parse(await client.call('POST', '/v1/admin/credentials/card', order));
  const { 'authority-ar': ar = 'الهوية الوطنية', 'authority-en': en = 'National identity' } = typed.options;
  await writeFile(out, await printCard(content, { ar, en }), { mode: 0o600 });
  return { written: out, validUntil: content.validUntil, credentialHash: content.credentialHash };
}

/** With `--seq` and `--hash` of a kept checkpoint, past that very line. */
async function verifyJournal(client: AdminClient, typed: Typed): Promise<unknown> {
  const { hash } = typed.options;
  return verifyArchive(client, hash === undefined ? undefined : { seq: wholeNumber(typed, 'seq', 0), hash });
}

async function searchJournal(client: AdminClient, typed: Typed): Promise<unknown> {
  const { event, object } = typed.options;
  const [since, until] = [dayOf(typed, 'since'), dayOf(typed, 'until')];
  return searchArchive(client, {
    ...(event === undefined ? {} : { event }),
    ...(object === undefined ? {} : { object }),
    ...(since === undefined ? {} : { since }),
    ...(until === undefined ? {} : { until }),
  });
}

/** When a day begins, in UTC. */
function dayOf(typed: Typed, name: string): number | undefined {
  const text = typed.options[name];
  if (text === undefined) return undefined;
  const ms = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(ms)) throw new UsageError(`--${name} takes a day, like 2026-10-31`);
  return ms / 1000;
}

/** A file that is not there is said by admin.ts, for every command alike. */
async function jsonOf(file: string): Promise<unknown> {
  const text = await readFile(file, 'utf8');
  try {
    return JSON.parse(text);
  } catch {
    throw new UsageError(`${file}: it is not JSON`);
  }
}

const idOf = (typed: Typed): string => {
  const [id] = typed.words;
  if (!id) throw new UsageError('name it behind the command');
  return encodeURIComponent(id);
};

const KeyList = z.object({
  keys: z.array(
    z.object({
      ...{ kid: z.string(), purpose: z.string(), alg: z.string(), state: z.string() },
      ...{ usableFrom: z.int(), signUntil: z.int(), acceptUntil: z.int() },
    }),
  ),
});

/** One line a key, without its public half: `--json` has it. */
function keyLines(answer: unknown): string | undefined {
  const parsed = KeyList.safeParse(answer);
  const day = (at: number) => new Date(at * 1000).toISOString().slice(0, 10);
  return parsed.data?.keys
    .map(({ kid, purpose, alg, state, ...at }) => {
      const dates = `signs ${day(at.usableFrom)} to ${day(at.signUntil)}, accepted to ${day(at.acceptUntil)}`;
      return `${kid}  ${purpose.padEnd(10)}  ${alg.padEnd(12)}  ${state.padEnd(11)}  ${dates}`;
    })
    .join('\n');
}

const PolicyAnswer = z.object({ policy: z.record(z.string(), z.unknown()) });

/** The edge takes a policy whole, so that nothing is widened by being left out: what was not typed is sent back as it stands. */
async function setPolicy(client: AdminClient, typed: Typed): Promise<unknown> {
  const path = `/v1/admin/verifiers/${idOf(typed)}/policy`;
  const { claims, 'list-age': listAge } = typed.options;
  const typedOnes = {
    contexts: listOf(typed, 'contexts'),
    claims: claims === 'none' ? [] : listOf(typed, 'claims'),
    profiles: listOf(typed, 'profiles'),
    maxListAgeSeconds: listAge === undefined ? undefined : wholeNumber(typed, 'list-age', 0),
  };
  const changed = Object.entries(typedOnes).filter(([, value]) => value !== undefined);
  if (changed.length === 0) throw new UsageError('one of --contexts, --claims, --profiles, --list-age');
  const { policy } = PolicyAnswer.parse(await client.call('GET', path));
  return client.call('PUT', path, { ...policy, ...Object.fromEntries(changed) });
}

export const commands: readonly Command[] = [
  {
    words: 'centre add',
    usage: '--name NAME [--name-ar … --name-en …] --type civil_affairs|post_office|mall|company [--id ID]',
    run: (client, typed) => {
      const { id } = typed.options;
      return client.call('POST', '/v1/admin/centres', {
        name: nameOf(typed),
        type: need(typed, 'type'),
        ...(id ? { id } : {}),
      });
    },
  },
  {
    words: 'centre hours',
    usage: 'ID --open 08:00-12:00,13:00-16:00 [--days sun,mon,…] [--slot 30] [--seats 1] [--closed 2026-12-25,…]',
    run: (client, typed) => {
      const { days, closed } = typed.options;
      const [slotMinutes, seats] = [wholeNumber(typed, 'slot', 30), wholeNumber(typed, 'seats', 1)];
      const hours = hoursOf({ open: need(typed, 'open'), days, closed, slotMinutes, seats });
      if (!hours.ok) throw new UsageError(hours.error.says);
      return client.call('PUT', `/v1/admin/centres/${idOf(typed)}/hours`, hours.value);
    },
  },
  { words: 'centre list', usage: '', run: (client) => client.call('GET', '/v1/admin/centres') },
  {
    words: 'kiosk invite',
    usage: '--centre ID --name NAME',
    run: (client, typed) =>
      client.call('POST', '/v1/admin/kiosks/invitations', {
        centreId: need(typed, 'centre'),
        name: need(typed, 'name'),
      }),
  },
  { words: 'kiosk list', usage: '', run: (client) => client.call('GET', '/v1/admin/kiosks') },
  { words: 'kiosk forks', usage: '', run: (client) => client.call('GET', '/v1/admin/kiosks/forks') },
  {
    words: 'kiosk revoke',
    usage: 'ID',
    run: (client, typed) => client.call('POST', `/v1/admin/kiosks/${idOf(typed)}/revoke`),
  },
  {
    words: 'operator add',
    usage:
      '--username NAME --centre ID --role operator|supervisor --name NAME [--name-ar … --name-en …]; TAWTHIQ_PASSWORD=…',
    run: (client, typed) =>
      client.call('POST', '/v1/admin/operators', {
        username: need(typed, 'username'),
        centreId: need(typed, 'centre'),
        role: typed.options['role'] ?? 'operator',
        name: nameOf(typed),
        password: passwordOf(typed),
      }),
  },
  {
    words: 'operator finger-code',
    usage: 'ID: the one-time code with which the operator enrols a finger at a kiosk, good for a day',
    run: (client, typed) => client.call('POST', `/v1/admin/operators/${idOf(typed)}/finger-code`),
  },
  {
    words: 'operator suspend',
    usage: 'ID',
    run: (client, typed) => client.call('POST', `/v1/admin/operators/${idOf(typed)}/suspend`),
  },
  {
    words: 'credential card',
    usage: '--number N --out FILE.pdf [--authority-ar … --authority-en …]: issues a card and draws it, 85.6 × 54 mm',
    run: drawCardOf,
  },
  {
    words: 'credential revoke',
    usage: `${whichUsage} (lost, stolen, data_changed, issued_in_error, …)`,
    run: moveCredential('revoke'),
  },
  ...(
    [
      ['suspend', 'its sessions and tokens end, its credentials are suspended, the services are told'],
      ['resume', 'it may log in again, and what was suspended with it holds again'],
      ['close', 'as suspend, for ever: its credentials are revoked. --deceased true: for that reason'],
      ['lost-phone', 'its wallets are removed, and what they show is revoked; the account stays active'],
    ] as const
  ).map(([move, what]) => ({
    words: `account ${move}`,
    usage: `--number N --why REASON: ${what}`,
    run: (client: AdminClient, typed: Typed) => {
      const { deceased } = typed.options;
      if (deceased !== undefined && deceased !== 'true') throw new UsageError('--deceased takes true, or is left out');
      const whom = { number: need(typed, 'number'), why: need(typed, 'why') };
      return client.call('POST', `/v1/admin/accounts/${move}`, { ...whom, ...(deceased ? { deceased: true } : {}) });
    },
  })),
  { words: 'credential suspend', usage: whichUsage, run: moveCredential('suspend') },
  { words: 'credential reinstate', usage: whichUsage, run: moveCredential('reinstate') },
  {
    words: 'client add',
    usage:
      '--redirect URI[,URI] --name NAME [--name-ar … --name-en …] [--id ID] | --metadata FILE.json ({metadata, policy?, clientId?})',
    run: async (client, typed) => {
      const { metadata: file, id } = typed.options;
      if (file) return client.call('POST', '/v1/admin/clients', await jsonOf(file));
      const { ar, en } = nameOf(typed);
      const metadata = {
        ...{ client_name: en, 'client_name#ar': ar, 'client_name#en': en },
        redirect_uris: listOf(typed, 'redirect') ?? need(typed, 'redirect'),
      };
      return client.call('POST', '/v1/admin/clients', { metadata, ...(id ? { clientId: id } : {}) });
    },
  },
  {
    words: 'client change',
    usage: '--id ID --metadata FILE.json ({metadata, policy}): all of it anew',
    run: async (client, typed) =>
      client.call(
        'PUT',
        `/v1/admin/clients/${encodeURIComponent(need(typed, 'id'))}`,
        await jsonOf(need(typed, 'metadata')),
      ),
  },
  { words: 'client list', usage: '', run: (client) => client.all('/v1/admin/clients', 'clients') },
  {
    words: 'verifier add',
    usage:
      '--name NAME [--name-ar … --name-en …] [--contexts counter,gate,border,age] [--claims name,face,…] [--profiles S,D,C,A]',
    run: (client, typed) => {
      const contexts = listOf(typed, 'contexts');
      const claims = listOf(typed, 'claims');
      const profiles = listOf(typed, 'profiles');
      const chosen = {
        ...(contexts ? { contexts } : {}),
        ...(claims ? { claims } : {}),
        ...(profiles ? { profiles } : {}),
      };
      return client.call('POST', '/v1/admin/verifiers', { name: nameOf(typed), ...chosen });
    },
  },
  { words: 'verifier list', usage: '', run: (client) => client.all('/v1/admin/verifiers', 'verifiers') },
  {
    words: 'verifier policy',
    usage:
      'ID [--contexts …] [--claims …|none] [--profiles …] [--list-age SECONDS]: what is not named stays; holds within five seconds',
    run: setPolicy,
  },
  {
    words: 'verifier client',
    usage:
      'ID --client CLIENT_ID: its access tokens (client credentials, scope verify) speak for the business; --client none ends it',
    run: (client, typed) => {
      const named = need(typed, 'client');
      const clientId = named === 'none' ? null : named;
      return client.call('PUT', `/v1/admin/verifiers/${idOf(typed)}/client`, { clientId });
    },
  },
  {
    words: 'verifier suspend',
    usage: 'ID',
    run: (client, typed) => client.call('POST', `/v1/admin/verifiers/${idOf(typed)}/suspend`),
  },
  {
    words: 'verifier resume',
    usage: 'ID',
    run: (client, typed) => client.call('POST', `/v1/admin/verifiers/${idOf(typed)}/resume`),
  },
  {
    words: 'key add',
    usage:
      '--purpose credential|receipt|status|evidence|id_token|sdjwt|access|sbi [--alg ES256|EdDSA|RS256, of an id_token]',
    run: (client, typed) => {
      const { alg } = typed.options;
      return client.call('POST', '/v1/admin/keys', { purpose: need(typed, 'purpose'), ...(alg ? { alg } : {}) });
    },
  },
  { words: 'key list', usage: '', run: (client) => client.call('GET', '/v1/admin/keys'), shown: keyLines },
  {
    words: 'key rewrap',
    usage: 'wraps every data key under the current key-encryption key (after a rotation of KEY_ENCRYPTION_KEY)',
    run: async (client) => {
      for (let rewrapped = 0; ; ) {
        const step = (await client.call('POST', '/v1/admin/keys/rewrap')) as { rewrapped: number; done: boolean };
        rewrapped += step.rewrapped;
        if (step.done) return { rewrapped };
      }
    },
  },
  {
    words: 'trust-list put',
    usage: 'FILE: signed CBOR',
    run: async (client, typed) => {
      const [file] = typed.words;
      if (!file) throw new UsageError('name the file');
      return client.call('PUT', '/v1/admin/trust-list', await readFile(file), 'application/octet-stream');
    },
  },
  {
    words: 'breached import',
    usage:
      'FILE [--replace] (sorted lines SHA1 or SHA1:count, as such lists are published; --replace: also where a list counts already)',
    run: async (client, typed) => {
      const [file] = typed.words;
      if (!file) throw new UsageError('name the file');
      try {
        return await importBreached(client, file, { replace: typed.options['replace'] !== undefined });
      } catch (error) {
        throw error instanceof BreachedFileError ? new UsageError(error.message) : error;
      }
    },
  },
  {
    words: 'token add',
    usage: '--name NAME --scopes people:import,kiosks:write,… [--hours 24]',
    run: (client, typed) =>
      client.call('POST', '/v1/admin/tokens', {
        name: need(typed, 'name'),
        scopes: listOf(typed, 'scopes') ?? need(typed, 'scopes'),
        lifetimeSeconds: wholeNumber(typed, 'hours', 24) * 3600,
      }),
  },
  { words: 'token list', usage: '', run: (client) => client.call('GET', '/v1/admin/tokens') },
  {
    words: 'token revoke',
    usage: 'ID',
    run: (client, typed) => client.call('POST', `/v1/admin/tokens/${idOf(typed)}/revoke`),
  },
  {
    words: 'journal tail',
    usage: '[--limit 50] [--event CODE]',
    run: (client, typed) => {
      const query = new URLSearchParams({ limit: String(wholeNumber(typed, 'limit', 50)) });
      const { event } = typed.options;
      if (event) query.set('event', event);
      return client.call('GET', `/v1/admin/journal?${query}`);
    },
  },
  {
    words: 'journal verify',
    usage: '[--seq N --hash HASH of a checkpoint that was kept]',
    run: verifyJournal,
  },
  {
    words: 'journal search',
    usage: 'in the archive: [--event CODE] [--object ID] [--since DAY] [--until DAY]',
    run: searchJournal,
  },
  {
    words: 'journal archive',
    usage: 'hands waiting entries on and says where the chain stands',
    run: (client) => client.call('POST', '/v1/admin/journal/archive'),
  },
];
