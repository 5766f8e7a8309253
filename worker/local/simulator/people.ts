// The simulator's people: made up, active, each with a password and with a wallet that the simulator holds.
import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import type { EpochSeconds, SubjectId } from '../../../shared/base/brands.ts';
import {
  type AnswerRequest,
  answerMessage,
  bindMessage,
  type LiveRequest,
  listMessage,
  walletPaths,
} from '../../../shared/contract/wallet.ts';
import { newSetupCode } from '../../authn/setup-code.ts';
import { withCheckDigit } from '../../registry/unified-number.ts';
import { AdminClient } from '../admin-client.ts';
import type { Edge } from '../network.ts';

export type TestPerson = {
  readonly name: string;
  readonly number: string;
  readonly username: string;
  readonly password: string;
};

/** By the name that a `login_hint` may give. */
export const testPeople: Readonly<
  Record<
    string,
    { readonly ar: string; readonly en: string; readonly birthDate: string; readonly sex: 'female' | 'male' }
  >
> = {
  reem: { ar: 'ريم بنت خالد العتيبي', en: 'Reem Khalid Alotaibi', birthDate: '1994-05-17', sex: 'female' },
  omar: { ar: 'عمر بن سعيد الغامدي', en: 'Omar Saeed Alghamdi', birthDate: '1961-01-30', sex: 'male' },
  // Sixteen or so: too young for what is for adults.
  layan: { ar: 'ليان بنت ماجد الحربي', en: 'Layan Majed Alharbi', birthDate: '2010-03-02', sex: 'female' },
};

const password = 'palm trees by the sea';
const now = () => Math.floor(Date.now() / 1000) as EpochSeconds;

export class SimulatedPerson implements TestPerson {
  readonly name: string;
  readonly number: string;
  readonly username: string;
  readonly password = password;
  readonly #edgeUrl: string;
  readonly #key: KeyObject;
  readonly #walletId: string;

  private constructor(of: TestPerson, edgeUrl: string, key: KeyObject, walletId: string) {
    this.name = of.name;
    this.number = of.number;
    this.username = of.username;
    this.#edgeUrl = edgeUrl;
    this.#key = key;
    this.#walletId = walletId;
  }

  static async make(
    edge: Edge,
    edgeUrl: string,
    adminToken: string,
    name: string,
    index: number,
  ): Promise<SimulatedPerson> {
    const about = testPeople[name];
    if (!about) throw new RangeError(`no test person is called ${name}`);
    const number = withCheckDigit(`10000000${index}`);
    const line = {
      number,
      kind: 'citizen',
      name: { ar: about.ar, en: about.en },
      birthDate: about.birthDate,
      sex: about.sex,
      nationality: 'SAU',
      document: { serial: `SIM00000${index}`, expiresOn: '2040-01-01' },
    };
    const before = await subjects(edge);
    await new AdminClient(edgeUrl, adminToken).importPeople(toAsync([JSON.stringify(line)]));
    const [found] = (await subjects(edge)).filter((one) => !before.some(({ id }) => id === one.id));
    if (!found) throw new Error('the person was not imported');
    const bind = await setupCode(edge, found);
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
    const raw = Buffer.concat([Buffer.from([4]), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]);
    const proof = signed(privateKey, bindMessage(bind));
    const body = { setupCode: bind, name: 'simulator', alg: 'ES256', publicKey: raw.toString('base64url'), proof };
    const { walletId } = (await post(edgeUrl + walletPaths.bind, body)) as { walletId: string };
    const username = `${name}.simulator`;
    await post(edgeUrl + walletPaths.password, { setupCode: await setupCode(edge, found), username, password });
    return new SimulatedPerson({ name, number, username, password }, edgeUrl, privateKey, walletId);
  }

  /** Types the number into the wallet for one login. */
  async approve(loginId: string, number: string): Promise<void> {
    const list = { walletId: this.#walletId, at: now() };
    const asked = { ...list, signature: signed(this.#key, listMessage(list)) };
    const { requests } = (await post(this.#edgeUrl + walletPaths.requests, asked)) as { requests: LiveRequest[] };
    const request = requests.find(({ txn }) => txn === loginId);
    if (!request) throw new Error('the wallet does not see the login');
    const message: Omit<AnswerRequest, 'signature'> = {
      walletId: this.#walletId,
      txn: request.txn,
      client: request.client.id,
      purpose: request.purpose,
      decision: 'approve',
      number,
      acr: request.acr,
      at: now(),
    };
    await post(this.#edgeUrl + walletPaths.answer, {
      ...message,
      signature: signed(this.#key, answerMessage(message)),
    });
  }
}

type Subject = { readonly id: SubjectId; readonly shard: string };

async function subjects(edge: Edge): Promise<Subject[]> {
  const all: Subject[] = [];
  for (let i = 0; i < 4; i++) {
    const db = await edge.miniflare.getD1Database(`SHARD_${i}`);
    const { results } = await db.prepare('SELECT subject_id FROM people').all<{ subject_id: SubjectId }>();
    for (const { subject_id: id } of results) all.push({ id, shard: `SHARD_${i}` });
  }
  return all;
}

/** The account as an activation in person leaves it; nobody of the simulator stands at a kiosk. */
async function setupCode(edge: Edge, { id, shard }: Subject): Promise<string> {
  const db = await edge.miniflare.getD1Database(shard);
  const { code, row } = await newSetupCode(id, (bytes) => new Uint8Array(randomBytes(bytes)), now());
  await db.batch([
    db
      .prepare(
        `INSERT INTO accounts (subject_id, state, identity_level, registered_at) VALUES (?1, 'active', 'high', ?2)
         ON CONFLICT (subject_id) DO UPDATE SET state = 'active', identity_level = 'high'`,
      )
      .bind(id, now()),
    db
      .prepare(
        'INSERT INTO authenticators (id, subject_id, type, name, state, data, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)',
      )
      .bind(row.id, row.subjectId, row.type, row.name, row.state, row.data, row.createdAt),
  ]);
  return code;
}

async function post(url: string, body: unknown): Promise<unknown> {
  const headers = { 'Content-Type': 'application/json' };
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${new URL(url).pathname} answered ${response.status}`);
  return response.json();
}

async function* toAsync(lines: readonly string[]): AsyncGenerator<string> {
  yield* lines;
}

function signed(key: KeyObject, message: Uint8Array): string {
  return sign('sha256', message, { key, dsaEncoding: 'ieee-p1363' }).toString('base64url');
}
