// The second story: a phone's credential checked by a business that has no line for a week. It is issued, shown, followed by deltas,
// revoked and refused; what is too old says so. The business runs shared/offline; its clock is simulated, the edge is real.

import { epochSeconds } from '../../shared/base/brands.ts';
import { encodeBase64Url } from '../../shared/bytes/base64url.ts';
import { decodeCbor } from '../../shared/cbor/decode.ts';
import { publicPaths } from '../../shared/contract/public-paths.ts';
import {
  bindMessage,
  type CredentialsAnswer,
  credentialNonceMessage,
  credentialsMessage,
  walletPaths,
} from '../../shared/contract/wallet.ts';
import { showCredential } from '../../shared/credential/token.ts';
import { generateEd25519, signEd25519 } from '../../shared/crypto/ed25519.ts';
import { answerChallenge } from '../../shared/holder/frames.ts';
import { type HolderKey, holderSigner, makeHolderKey, proveKey } from '../../shared/holder/holder-key.ts';
import { type Lists, openLists, verify } from '../../shared/offline/verify-offline.ts';
import { AdminClient } from '../../worker/local/admin-client.ts';
import { demoPerson } from '../../worker/local/population/demo-people.ts';
import { seedLines } from '../../worker/local/population/seed-lines.ts';
import { demoStaff, setUpNetwork } from '../../worker/local/set-up.ts';
import type { Stage } from './stage.ts';
import { expect, type Story } from './story.ts';

const day = 86_400;
const now = () => Math.floor(Date.now() / 1000);

async function bytesAt(url: string): Promise<Uint8Array> {
  const answer = await fetch(url);
  expect(answer.ok, `${new URL(url).pathname} answered ${answer.status}`);
  return new Uint8Array(await answer.arrayBuffer());
}

async function post<T>(url: string, body: unknown): Promise<T> {
  const headers = { 'Content-Type': 'application/json' };
  const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  const json = (await answer.json()) as T & { reason?: string };
  expect(answer.ok, `${new URL(url).pathname}: ${answer.status} ${json.reason ?? ''}`);
  return json;
}

/** The business: the files it fetched last, and what they opened to. */
class Till {
  readonly #edge: string;
  readonly #roots: readonly string[];
  #files: { trustList: Uint8Array; snapshot: Uint8Array; deltas: Uint8Array[] } | undefined;
  lists: Lists | undefined;

  constructor(edge: string, roots: readonly string[]) {
    this.#edge = edge;
    this.#roots = roots;
  }

  /** Fetches what is new: a snapshot the first time, then deltas. Answers how many bytes came over the line. */
  async fetch(): Promise<number> {
    const trustList = await bytesAt(this.#edge + publicPaths.trustList);
    const held = this.lists?.national;
    let snapshot = this.#files?.snapshot;
    let deltas: Uint8Array[] = [];
    let fetched = trustList.length;
    if (held === undefined || snapshot === undefined) {
      snapshot = await bytesAt(this.#edge + publicPaths.statusSnapshot);
      fetched += snapshot.length;
    } else {
      const bytes = await bytesAt(`${this.#edge}${publicPaths.statusDeltas}?after=${held.sequence}`);
      const list = decodeCbor(bytes);
      expect(list.ok, 'no list of deltas');
      deltas = list.value as Uint8Array[];
      fetched += bytes.length;
    }
    this.#files = { trustList, snapshot, deltas: [...(this.#files?.deltas ?? []), ...deltas] };
    const opened = await openLists(
      { issuer: this.#edge, roots: this.#roots, ...this.#files, ...(this.lists && { before: this.lists }) },
      now(),
    );
    expect(opened.ok, opened.ok ? '' : opened.error.reason);
    this.lists = opened.value;
    return fetched;
  }

  async check(text: string, at: number, challenge?: { audience: string; cnonce: Uint8Array }) {
    expect(this.lists !== undefined, 'no lists were fetched');
    return verify(text, this.lists, at, challenge ? { challenge } : {});
  }
}

const told = (verdict: { outcome: string; check?: string }) =>
  verdict.outcome + (verdict.check ? ` (${verdict.check})` : '');

export async function playOffline(stage: Stage, story: Story): Promise<void> {
  const noura = demoPerson('noura');
  const { edge, secrets } = stage;
  const api = new AdminClient(edge.url, secrets.adminToken);
  const till = new Till(
    edge.url,
    secrets.roots.map((root) => root.publicKey),
  );

  const { setupCode, verifierKey } = await story.tell(
    'a network is set up, and a person activated at a kiosk',
    async (say) => {
      const { serviceUrl } = stage;
      const setUp = await setUpNetwork({ edgeUrl: edge.url, secrets, serviceUrl, people: 0, log: () => {} });
      await api.importPeople(seedLines({ people: 10 }));
      await stage.calls.must('kiosk.enrol', { invitation: setUp.invitation, edge: edge.url });
      await stage.calls.must('sync.now', {});
      const [staff] = demoStaff;
      const { username = '', password = '' } = staff ?? {};
      await stage.calls.must('operator.login', { username, password });
      await stage.layFinger({ id: noura.key });
      const outcome = await stage.calls.activate(noura.number);
      expect(outcome.outcome === 'activated' && outcome.setup !== undefined, `came out ${outcome.outcome}`);
      say('activated');
      return { setupCode: outcome.setup.code, verifierKey: setUp.verifier.key };
    },
  );

  const { cose, passes, holder, passHolder } = await story.tell(
    'her phone is given a credential and age passes',
    async (say) => {
      const wallet = await generateEd25519({ extractable: false });
      const sign = async (message: Uint8Array) => encodeBase64Url(await signEd25519(wallet.privateKey, message));
      const publicKey = encodeBase64Url(wallet.publicRaw);
      const proof = await sign(bindMessage(setupCode));
      const { walletId } = await post<{ walletId: string }>(edge.url + walletPaths.bind, { setupCode, name: 'phone', alg: 'EdDSA', publicKey, proof }); // biome-ignore format: one row
      const ask = async (profile: 'D' | 'A', holders: readonly HolderKey[]) => {
        const asking = { walletId, at: now() };
        const given = await post<{ nonce: string; audience: string }>(edge.url + walletPaths.credentialNonce, { ...asking, signature: await sign(credentialNonceMessage(asking)) }); // biome-ignore format: one row
        const nonce = new Uint8Array(Buffer.from(given.nonce, 'base64url'));
        const to = { audience: given.audience, nonce, now: epochSeconds(now()) };
        const proofs = (await Promise.all(holders.map((key) => proveKey(key, to)))).map(encodeBase64Url);
        const message = { walletId, profile, proofs, at: now() };
        return post<CredentialsAnswer>(edge.url + walletPaths.credentials, { ...message, signature: await sign(credentialsMessage(message)) }); // biome-ignore format: one row
      };
      const device = await makeHolderKey('P-256');
      const passKeys = await Promise.all([1, 2, 3].map(() => makeHolderKey()));
      const [identity, ages] = [await ask('D', [device]), await ask('A', passKeys)];
      const bytes = (text = '') => new Uint8Array(Buffer.from(text, 'base64url'));
      say(`one of ${bytes(identity.credentials[0]).length} B, ${ages.credentials.length} passes`);
      return {
        cose: bytes(identity.credentials[0]),
        passes: ages.credentials.map(bytes),
        holder: device,
        passHolder: passKeys[0] as HolderKey,
      };
    },
  );
  const frame = (at: number) => showCredential({ cose, now: epochSeconds(at) }, holderSigner(holder));

  await story.tell('a business fetches the lists once', async (say) => {
    await api.call('POST', '/v1/admin/status-list/publish');
    const bytes = await till.fetch();
    say(`${bytes} B, trust list version ${till.lists?.trust.list.version}, statuses ${till.lists?.national?.sequence}`);
  });

  await story.tell('its line is down: for six days every frame is accepted, once', async (say) => {
    for (let n = 0; n <= 6; n++) {
      const at = now() + n * day;
      const text = await frame(at);
      const first = await till.check(text, at);
      expect(first.verdict.outcome === 'accepted', `day ${n}: ${told(first.verdict)}`);
      const again = await till.check(text, at + 2);
      expect(told(again.verdict) === 'rejected (first_showing)', `shown again: ${told(again.verdict)}`);
    }
    say('accepted each day, a second showing of each refused');
  });

  await story.tell('a frame filmed yesterday, and her credential under another key', async (say) => {
    const old = await till.check(await frame(now()), now() + day);
    expect(told(old.verdict) === 'rejected (frame_fresh)', told(old.verdict));
    const thief = await makeHolderKey('P-256');
    const lifted = await till.check(
      await showCredential({ cose, now: epochSeconds(now()) }, holderSigner(thief)),
      now(),
    );
    expect(told(lifted.verdict) === 'rejected (holder_signature)', told(lifted.verdict));
    say(`${told(old.verdict)}, ${told(lifted.verdict)}`);
  });

  await story.tell('a phone whose clock is wrong answers a challenge', async (say) => {
    const challenge = { audience: 'till-7', cnonce: crypto.getRandomValues(new Uint8Array(16)) };
    const answer = await answerChallenge({ cose, holder }, challenge, epochSeconds(now() - 5 * day));
    const { verdict, profile } = await till.check(answer, now(), challenge);
    expect(verdict.outcome === 'accepted' && profile === 'C', told(verdict));
    say(`${told(verdict)}, profile ${profile}`);
  });

  await story.tell('an age pass says an age and nothing else', async (say) => {
    const text = await showCredential(
      { cose: passes[0] as Uint8Array, now: epochSeconds(now()) },
      holderSigner(passHolder),
    );
    expect(till.lists !== undefined, 'no lists');
    const { verdict, claims } = await verify(text, till.lists, now(), { context: 'age' });
    expect(verdict.outcome === 'accepted' && Object.keys(claims ?? {}).join() === 'ageAtLeast', told(verdict));
    say(`${told(verdict)}, at least ${claims?.ageAtLeast}`);
  });

  await story.tell('after ten days without a line it cannot say any more', async (say) => {
    const at = now() + 10 * day;
    const { verdict, ages } = await till.check(await frame(at), at);
    expect(told(verdict) === 'undecided (status_list_fresh)', told(verdict));
    say(`${told(verdict)}, statuses ${Math.round((ages.statusListSeconds ?? 0) / day)} days old`);
  });

  await story.tell('the phone is lost, and the authority removes it: the edge and the kiosk know', async (say) => {
    const checkOnline = async () => {
      const headers = { 'Content-Type': 'application/json', Authorization: `Bearer ${verifierKey}` };
      const body = JSON.stringify({ text: await frame(now()), context: 'counter' });
      const answer = await fetch(`${edge.url}/v1/verify`, { method: 'POST', headers, body });
      return told(((await answer.json()) as { verdict: { outcome: string; check?: string } }).verdict);
    };
    const checkAtKiosk = async () => {
      await stage.calls.must('sync.now', {});
      const { verdict } = await stage.calls.must('verifier.check', { text: await frame(now()), context: 'counter' });
      return told(verdict as { outcome: string; check?: string });
    };
    const before = [await checkOnline(), await checkAtKiosk()];
    expect(before.join() === 'accepted,accepted', before.join(', '));
    const lost = { number: noura.number, why: 'she called' };
    const { removed } = (await api.call('POST', '/v1/admin/accounts/lost-phone', lost)) as { removed: number };
    expect(removed === 1, `${removed} removed`);
    const after = [await checkOnline(), await checkAtKiosk()];
    expect(after.join() === 'rejected (not_revoked),rejected (not_revoked)', after.join(', '));
    const still = await till.check(await frame(now() + 100), now() + 100);
    expect(still.verdict.outcome === 'accepted', told(still.verdict));
    say(`${after[0]} at the edge, ${after[1]} at the kiosk; the business without a line does not know it yet`);
  });

  await story.tell('one delta later it does', async (say) => {
    const bytes = await till.fetch();
    const { verdict } = await till.check(await frame(now() + 200), now() + 200);
    expect(told(verdict) === 'rejected (not_revoked)', told(verdict));
    const pass = await showCredential(
      { cose: passes[1] as Uint8Array, now: epochSeconds(now()) },
      holderSigner(passHolder),
    );
    const other = await till.check(pass, now());
    expect(other.verdict.outcome === 'rejected', `a pass under another key: ${told(other.verdict)}`);
    say(`${told(verdict)} after ${bytes} B`);
  });

  await story.tell('a thief puts the old statuses back', async (say) => {
    const before = till.lists;
    expect(before?.national !== undefined, 'no lists');
    const old = await openLists(
      {
        issuer: edge.url,
        roots: secrets.roots.map((root) => root.publicKey),
        trustList: await bytesAt(edge.url + publicPaths.trustList),
        snapshot: await bytesAt(edge.url + publicPaths.statusSnapshot),
        before,
      },
      now(),
    );
    expect(!old.ok && old.error.reason === 'snapshot_rollback', old.ok ? 'taken' : old.error.reason);
    say(`refused (${old.error.reason})`);
  });
}
