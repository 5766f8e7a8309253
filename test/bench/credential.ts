// Verification of credentials and the forms of status lists, each beside its physical floor: raw Ed25519 of node:crypto, or the entropy bound.
// Both sides alternate in short turns in one process and are counted in process CPU time, so that a busy machine troubles both alike.
import { createPublicKey, verify } from 'node:crypto';
import { nodeEd25519 } from '../../kiosk/core/verifier/node-ed25519.ts';
import { encodeBase64Url } from '../../shared/bytes/base64url.ts';
import type { CoseKey } from '../../shared/cose/key.ts';
import { decodeSign1, ed25519Signer, sigStructure } from '../../shared/cose/sign1.ts';
import { issueAgePass, issueBound } from '../../shared/credential/bound.ts';
import type { VerifyInputs } from '../../shared/credential/checks/work.ts';
import { decodeCredential } from '../../shared/credential/decode.ts';
import { qrCode } from '../../shared/credential/qr.ts';
import { replayMemory } from '../../shared/credential/replay.ts';
import { showCredential } from '../../shared/credential/token.ts';
import { verifyCredential } from '../../shared/credential/verify.ts';
import { generateEd25519, webEd25519 } from '../../shared/crypto/ed25519.ts';
import { entropyBoundBytes } from '../../shared/trust/golomb.ts';
import { StatusBitmap } from '../../shared/trust/status-bitmap.ts';
import { CHUNK_LENGTH } from '../../shared/trust/status-list.ts';
import {
  applyDelta,
  type NationalStatus,
  nationalHash,
  signDelta,
  signSnapshot,
  verifySnapshot,
} from '../../shared/trust/status-snapshot.ts';
import { StatusLists } from '../../shared/trust/status-source.ts';
import type { Verifier } from '../../worker/verifier/verifier.ts';
import { verifyCodes } from '../../worker/verifier/verify-code.ts';
import { at, CONTENT, DAY, ISSUER, issueS, makeWorld, NOW, noiseFace, type World } from '../shared/credential/world.ts';
import { mdocPeer, sdJwtPeer } from './credential-peers.ts';
import type { Figure } from './figure.ts';
import { publishingFigures } from './publishing.ts';

type Side = () => boolean | Promise<boolean>;

/**
 * Operations per CPU-second of each side in its best of `turns` alternating turns of about `turnMs`: other work on the machine
 * only ever costs (cold caches, waiting collectors), so the least disturbed turn says most about the code.
 */
async function perCpuSecond(sides: readonly Side[], turns: number, turnMs: number): Promise<number[]> {
  const counts = sides.map(() => 0);
  const rates: number[][] = sides.map(() => []);
  for (let turn = -1; turn < turns; turn++) {
    for (const [i, side] of sides.entries()) {
      // The first turn warms up and finds how many operations a turn has.
      const wanted = turn < 0 ? Number.POSITIVE_INFINITY : (counts[i] ?? 1);
      const began = process.cpuUsage();
      const until = performance.now() + turnMs;
      let done = 0;
      while (done < wanted && (turn >= 0 || performance.now() < until)) {
        const held = side();
        if (!(typeof held === 'boolean' ? held : await held)) throw new Error('a side of the bench did not verify');
        done++;
      }
      const used = process.cpuUsage(began);
      if (turn < 0) counts[i] = Math.max(1, done);
      else rates[i]?.push((done * 1e6) / (used.user + used.system));
    }
  }
  return rates.map((side) => Math.max(...side));
}

function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

function atLeast(figure: Omit<Figure, 'ratio' | 'ok' | 'target'>, bound: number): Figure {
  const ratio = figure.ours / figure.peer;
  return { ...figure, ratio, target: `>= ${bound}`, ok: ratio >= bound };
}

function atMost(figure: Omit<Figure, 'ratio' | 'ok' | 'target'>, bound: number): Figure {
  const ratio = figure.ours / figure.peer;
  return { ...figure, ratio, target: `<= ${bound}`, ok: ratio <= bound };
}

/** The text as a scanner hands it over: one run of characters, not the pieces it was put together from. */
const scanned = (text: string) => new TextDecoder().decode(new TextEncoder().encode(text));

const accepted = (made: string, inputs: VerifyInputs) => {
  const text = scanned(made);
  return async () => (await verifyCredential(text, inputs)).verdict.outcome === 'accepted';
};

export async function figures(options: { readonly log: (line: string) => void }): Promise<readonly Figure[]> {
  const verifying = await verifyFigures(options.log);
  const lists: Figure[] = [];
  for (const share of [0.01, 0.001, 0.05]) lists.push(...(await statusFigures(share, options.log)));
  return [...verifying, ...lists, ...(await publishingFigures(options.log))];
}

const list = { uri: CONTENT.uri, issuedAt: at(-600), expiresAt: at(DAY), ttlSeconds: 900 };

async function verifyFigures(log: (line: string) => void): Promise<readonly Figure[]> {
  const made = await makeWorld();
  const status = new StatusLists();
  status.put({ ...list, bitmap: StatusBitmap.empty(2, CHUNK_LENGTH) });
  const world = { ...made, inputs: { ...made.inputs, status } };
  const { claims, index: statusIndex, uri: statusUri } = CONTENT;
  const s = await issueS(world, { claims: { ...claims, face: noiseFace(500) }, statusIndex, statusUri });
  const message = decodeSign1(s.cose);
  if (!message.ok) throw new Error(message.error.reason);
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: encodeBase64Url(world.issuer.key.x) };
  const key = createPublicKey({ key: jwk, format: 'jwk' });
  const over = sigStructure(message.value.protected, message.value.payload);
  // The key imported once, as the platform likes it best, and nothing of ours around the call.
  const raw: Side = () => verify(null, over, key, message.value.signature);

  const pair = await generateEd25519({ extractable: false });
  const holderKey: CoseKey = { curve: 'Ed25519', x: pair.publicRaw };
  const holder = ed25519Signer(pair.privateKey);
  const dates = { issuedAt: at(-DAY), expiresAt: at(90 * DAY) };
  const common = { issuer: ISSUER, holderKey, ...dates };
  const request = { ...common, claims, subject: 'a1b2c3d4', status: { index: statusIndex, uri: statusUri } };
  const bound = await issueBound(request, world.issuer.signer);
  const pass = await issueAgePass({ ...common, ageAtLeast: 18, expiresAt: at(6 * DAY) }, world.issuer.signer);
  if (!bound.ok || !pass.ok) throw new Error('not issued');
  const challenge = { audience: 'kiosk-0042', cnonce: new Uint8Array(16).fill(5) };
  const d = await showCredential({ cose: bound.value.cose, now: NOW }, holder);
  const c = await showCredential({ cose: bound.value.cose, now: NOW, challenge }, holder);
  const a = await showCredential({ cose: pass.value.cose, now: NOW }, holder);
  // The same frame again and again: the memory is asked and answers as if it were new.
  const everyTime = { firstShowing: () => true };

  // More holders than a verifier remembers the keys of, one after another.
  const strangers: string[] = [];
  for (let i = 0; i < 100; i++) {
    const other = await generateEd25519({ extractable: false });
    const theirs = { ...request, holderKey: { curve: 'Ed25519', x: other.publicRaw } as const };
    const issued = await issueBound(theirs, world.issuer.signer);
    if (!issued.ok) throw new Error(issued.error.reason);
    strangers.push(
      scanned(await showCredential({ cose: issued.value.cose, now: NOW }, ed25519Signer(other.privateKey))),
    );
  }
  let turn = 0;
  const inputs = { ...world.inputs, replay: everyTime };
  const ofStrangers = async () =>
    (await verifyCredential(strangers[turn++ % 100] ?? '', inputs)).verdict.outcome === 'accepted';

  log('credential: verifying for some seconds');
  const [ofS = 0, peer = 1] = await perCpuSecond([accepted(s.text, world.inputs), raw], 15, 120);
  const [ofD = 0, peerOfD = 1] = await perCpuSecond([accepted(d, inputs), raw], 15, 120);
  const [ofOthers = 0, peerOfOthers = 1] = await perCpuSecond([ofStrangers, raw], 15, 120);
  log('credential: peers and a batch for some seconds');
  const [sdJwt, mdoc] = [await sdJwtPeer(), await mdocPeer()];
  const [besideSdJwt = 0, ofSdJwt = 1] = await perCpuSecond([accepted(s.text, world.inputs), sdJwt.verify], 9, 150);
  const [besideMdoc = 0, ofMdoc = 1] = await perCpuSecond([accepted(s.text, world.inputs), mdoc.verify], 9, 150);
  const [batches = 0, rawBatches = 1] = await perCpuSecond(await batchSides(world, s.text), 9, 250);
  const unit = 'op/CPU-s';
  const { version } = qrCode(s.text, 'M');
  const characters = (name: string, text: string, peer: number, note: string) =>
    atMost({ name: `credential.${name}.length`, ours: text.length, peer, unit: 'characters', note }, 1);
  return [
    atLeast(
      {
        name: 'credential.static.verify',
        ours: ofS,
        peer,
        unit,
        note: 'whole check of S with a 500 B photo against one raw Ed25519 verify of the same message by node:crypto',
      },
      0.75,
    ),
    atLeast(
      {
        name: 'credential.dynamic.verify',
        ours: ofD,
        peer: peerOfD,
        unit,
        note: 'whole check of D (two signatures; frames of one holder, its key remembered) against one raw Ed25519 verify',
      },
      0.38,
    ),
    atLeast(
      {
        name: 'credential.dynamic.verify-strangers',
        ours: ofOthers,
        peer: peerOfOthers,
        unit,
        note: 'the same with a new holder each time, whose key is parsed for its one signature',
      },
      0.38,
    ),
    atLeast(
      {
        name: 'credential.static.beside-sd-jwt-vc',
        ours: besideSdJwt,
        peer: ofSdJwt,
        unit,
        note: `whole check of S against @sd-jwt/sd-jwt-vc 0.19 (EdDSA, 1 of 5 claims, key binding, ${sdJwt.size} characters)`,
      },
      2,
    ),
    atLeast(
      {
        name: 'credential.static.beside-mdoc',
        ours: besideMdoc,
        peer: ofMdoc,
        unit,
        note: `whole check of S against @auth0/mdl 3.0 (issuer and device ES256, ${mdoc.size} B)`,
      },
      15,
    ),
    atMost(
      {
        name: 'credential.batch-of-100',
        ours: 1e6 / batches,
        peer: 1e6 / rawBatches,
        unit: 'µs CPU',
        note: '100 codes as the edge answers them (verdicts, claims, one receipt and its journal line), WebCrypto, against its 100 verifies and one signature alone',
      },
      1.5,
    ),
    characters('static', s.text, 1100, `S with a 500 B photo; QR version ${version} at level M`),
    characters('dynamic', d, 544, `D without photo; QR version ${qrCode(d, 'L').version} at level L`),
    characters('challenge', c, 589, `C without photo; QR version ${qrCode(c, 'L').version} at level L`),
    characters('pass', a, 389, `A; QR version ${qrCode(a, 'L').version} at level L`),
  ];
}

/** The edge's act on a hundred codes, and nothing but the signature work that it cannot do without; both by WebCrypto. */
async function batchSides(world: World, text: string): Promise<readonly Side[]> {
  const { trust, status } = world.inputs;
  const lists = { trust, status, trustIssuedAt: trust.list.issuedAt, statusIssuedAt: at(-600) };
  const caller: Verifier = {
    id: 'bench0000000',
    name: { ar: 'ب', en: 'B' },
    keyHash: new Uint8Array(32),
    policy: {
      contexts: ['counter'],
      claims: ['name', 'face'],
      profiles: ['S', 'D', 'C', 'A'],
      maxListAgeSeconds: 604_800,
    },
    state: 'active',
    createdAt: at(0),
    clientId: undefined,
  };
  const { signer } = world.issuer;
  const needs = {
    lists,
    signer,
    ed25519: webEd25519,
    replay: replayMemory(),
    now: NOW,
    statusListUri: 'https://id.example/s',
  };
  const request = { text: scanned(text), context: 'counter', challenge: undefined } as const;
  const codes = Array.from({ length: 100 }, () => request);
  const decoded = decodeCredential(request.text);
  const key = await webEd25519.importPublicKey(world.issuer.key.x);
  if (!decoded.ok || key === undefined) throw new Error('no code for the bench');
  const { message } = decoded.value;
  const over = sigStructure(message.protected, message.payload);
  return [
    async () => {
      const answered = await verifyCodes(codes, caller, needs);
      return answered.ok && answered.value.entry.includes(`"accepted":${codes.length},`);
    },
    async () => {
      const held = await Promise.all(codes.map(() => webEd25519.verify(key, over, message.signature)));
      return held.every(Boolean) && (await signer.sign(over)).length === 64;
    },
  ];
}

const NATION = 28_000_000;

/** One nation's statuses: random indices of which `share` are revoked, and the next day's new ones (1 % a year: 767). */
async function statusFigures(share: number, log: (line: string) => void): Promise<readonly Figure[]> {
  log(`status: ${share * 100} % of ${NATION} revoked`);
  const world = await makeWorld();
  const { signer } = world.issuer;
  const bitmap = StatusBitmap.empty(1, NATION);
  let state = 12_345;
  const random = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  const revoke = (into: StatusBitmap, count: number) => {
    for (let n = 0; n < count; ) {
      const index = Math.floor(random() * NATION);
      if (into.get(index) !== 0) continue;
      into.set(index, 1);
      n++;
    }
  };
  const count = Math.round(NATION * share);
  revoke(bitmap, count);
  const baseUri = 'https://id.example/s/';
  const today = { baseUri, sequence: 1, issuedAt: at(-DAY), expiresAt: at(DAY), bitmap, length: NATION };
  const next = { ...today, sequence: 2, issuedAt: at(0), bitmap: bitmap.copy() };
  const daily = Math.round(count / 365);
  revoke(next.bitmap, daily);
  const from = { ...today, hash: await nationalHash(today) };
  const snapshot = await signSnapshot(today, signer);
  const delta = await signDelta(from, next, signer);
  // What the signing costs by itself: the signed delta of a day without a change.
  const frame = (await signDelta(from, { ...today, sequence: 2, issuedAt: at(0) }, signer)).length;
  const expected = { trust: world.trust, ed25519: nodeEd25519, now: NOW, baseUri, bits: 1 } as const;

  const times: number[] = [];
  let held: NationalStatus = from;
  for (let i = 0; i < 5; i++) {
    const began = process.cpuUsage();
    const unpacked = await verifySnapshot(snapshot, expected);
    const used = process.cpuUsage(began);
    if (!unpacked.ok) throw new Error(unpacked.error.reason);
    held = unpacked.value;
    times.push((used.user + used.system) / 1000);
  }
  const stepped = await applyDelta(held, delta, expected);
  if (!stepped.ok) throw new Error(stepped.error.reason);

  const { bitmap: current } = stepped.value;
  const indices = Uint32Array.from({ length: 4096 }, () => Math.floor(random() * NATION));
  const lookUps = 4_000_000;
  let found = 0;
  const began = process.cpuUsage();
  for (let i = 0; i < lookUps; i++) found += current.get(indices[i & 4095] ?? 0) ?? 0;
  const used = process.cpuUsage(began);
  if (found === 0) throw new Error('nothing revoked was found');

  const name = `status.${share * 100}%`;
  const bound = entropyBoundBytes(count, NATION);
  const deltaBound = entropyBoundBytes(daily, NATION);
  return [
    atMost(
      {
        name: `${name}.snapshot`,
        ours: snapshot.length,
        peer: bound,
        unit: 'B',
        note: `${count} of ${NATION} revoked, signed, against the entropy bound`,
      },
      1.01,
    ),
    atMost(
      {
        name: `${name}.delta`,
        ours: delta.length,
        peer: deltaBound * 1.1 + frame,
        unit: 'B',
        note: `${daily} new in a day, signed, against 1.1 × the bound of ${deltaBound.toFixed(0)} B and the ${frame} B of a signed delta that says nothing (64 of them the signature)`,
      },
      1,
    ),
    atMost(
      {
        name: `${name}.unpack`,
        ours: median(times),
        peer: 150,
        unit: 'ms CPU',
        note: 'signature, gaps, bitmap and its hash; median of 5',
      },
      1,
    ),
    atMost(
      {
        name: `${name}.look-up`,
        ours: ((used.user + used.system) * 1000) / lookUps,
        peer: 50,
        unit: 'ns CPU',
        note: 'a random index of the bitmap in memory',
      },
      1,
    ),
  ];
}
