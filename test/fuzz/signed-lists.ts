// Properties of what authorities sign: trust lists, snapshots, deltas, receipts. A file with one damage is refused; whatever a trusted
// key may have signed is read or refused. For the tests and for long runs.
import fc from 'fast-check';
import { encodeBase64Url } from '../../shared/bytes/base64url.ts';
import { encodeCbor } from '../../shared/cbor/encode.ts';
import type { CborKey, CborValue } from '../../shared/cbor/value.ts';
import { receiptKeys, receiptKinds } from '../../shared/contract/receipt.ts';
import { HEADER } from '../../shared/cose/header.ts';
import { signSign } from '../../shared/cose/sign.ts';
import { decodeSign1, signSign1 } from '../../shared/cose/sign1.ts';
import { verifyReceipt } from '../../shared/offline/receipt.ts';
import { followTrustList, rootsId } from '../../shared/trust/root-change.ts';
import { StatusBitmap } from '../../shared/trust/status-bitmap.ts';
import {
  applyDelta,
  DELTA_TYPE,
  nationalHash,
  SNAPSHOT_TYPE,
  signDelta,
  signSnapshot,
  verifySnapshot,
} from '../../shared/trust/status-snapshot.ts';
import { encodeTrustList, signTrustList, TRUST_LIST_TYPE, verifyTrustList } from '../../shared/trust/trust-list.ts';
import { trustView } from '../../shared/trust/trust-view.ts';
import { at, authority, content, DAY, listedKey, makeWorld, NOW } from '../shared/credential/world.ts';

type Target = { readonly name: string; readonly property: fc.IRawProperty<unknown, boolean> };
type Answer = { readonly ok: boolean };

const world = await makeWorld();
const { ed25519 } = world.inputs;
const { signer } = world.issuer;
const [root] = world.roots;
if (root === undefined) throw new Error('a world has roots');

const listed = content(world, {
  keys: [listedKey(world.issuer.key, { purposes: ['credential', 'status', 'receipt'] })],
});
const trustFile = await signTrustList(listed, [root.signer]);
const expectedTrust = { roots: listed.roots, now: NOW, ed25519 } as const;
const verified = await verifyTrustList(trustFile, expectedTrust);
if (!verified.ok) throw new Error(verified.error.reason);
const trust = trustView(verified.value);

// The roots change: whoever holds the former ones is on its way to a list that a new one signed.
const newRoots = [await authority(), await authority()] as const;
const change = content({ roots: newRoots }, { version: 2, keys: listed.keys });
const byAll = [...world.roots, ...newRoots].map((one) => one.signer);
const changeFile = await signTrustList(change, byAll);
const later = { roots: change.roots, version: 4, keys: listed.keys };
const laterFile = await signTrustList(content({ roots: newRoots }, later), [newRoots[1].signer]);
async function followed(bytes: Uint8Array): Promise<Answer> {
  const { taken, refused } = await followTrustList(laterFile, expectedTrust, async () => bytes);
  if (taken.some(({ list }) => rootsId(list.roots) !== rootsId(change.roots))) throw new Error('led to other roots');
  return { ok: !refused };
}

const baseUri = 'https://id.example/s/';
const length = 5_000;
async function state(sequence: number, revoked: readonly number[]) {
  const bitmap = StatusBitmap.empty(2, length);
  for (const index of revoked) bitmap.set(index, 1);
  const made = { baseUri, sequence, issuedAt: at(-100 + sequence), expiresAt: at(DAY), bitmap, length };
  return { ...made, hash: await nationalHash(made) };
}
const [first, second] = [await state(1, [5, 900]), await state(2, [5, 900, 4_321])];
const snapshot = await signSnapshot(first, signer);
const delta = await signDelta(first, second, signer);
const expectedStatus = { trust, ed25519, now: NOW, baseUri, bits: 2 } as const;

const receiptClaims = new Map<CborKey, CborValue>([
  [receiptKeys.kind, receiptKinds.verification],
  [receiptKeys.object, new Uint8Array(32)],
  [receiptKeys.outcome, 'accepted'],
  [receiptKeys.actor, 'v'],
  [receiptKeys.at, NOW],
  [receiptKeys.context, 'age'],
  [receiptKeys.profile, 'S'],
]);
const receipt = await signSign1(encodeCbor(receiptClaims), signer);

type Kind = {
  readonly name: string;
  readonly file: Uint8Array;
  readonly read: (bytes: Uint8Array) => Promise<Answer>;
  /** The payload as it was signed, and a trusted signature over any other. */
  readonly payload: Uint8Array;
  readonly sign: (payload: Uint8Array) => Promise<Uint8Array>;
};

function payloadOf(file: Uint8Array): Uint8Array {
  const message = decodeSign1(file);
  if (!message.ok) throw new Error(message.error.reason);
  return message.value.payload;
}

const kinds: readonly Kind[] = [
  {
    name: 'trust list',
    file: trustFile,
    read: (bytes) => verifyTrustList(bytes, expectedTrust),
    payload: encodeTrustList(listed),
    sign: (payload) => signSign(payload, new Map([[HEADER.typ, TRUST_LIST_TYPE]]), [root.signer]),
  },
  {
    name: 'change of roots',
    file: changeFile,
    read: followed,
    payload: encodeTrustList(change),
    sign: (payload) => signSign(payload, new Map([[HEADER.typ, TRUST_LIST_TYPE]]), byAll),
  },
  {
    name: 'status snapshot',
    file: snapshot,
    read: (bytes) => verifySnapshot(bytes, expectedStatus),
    payload: payloadOf(snapshot),
    sign: (payload) => signSign1(payload, signer, { typ: SNAPSHOT_TYPE }),
  },
  {
    name: 'status delta',
    file: delta,
    read: (bytes) => applyDelta(first, bytes, expectedStatus),
    payload: payloadOf(delta),
    sign: (payload) => signSign1(payload, signer, { typ: DELTA_TYPE }),
  },
  {
    name: 'receipt',
    file: receipt,
    read: (bytes) => verifyReceipt(encodeBase64Url(bytes), { trust, ed25519 }),
    payload: payloadOf(receipt),
    sign: (payload) => signSign1(payload, signer),
  },
];

const changes = fc.array(fc.record({ at: fc.nat(), to: fc.nat({ max: 255 }) }), { minLength: 1, maxLength: 3 });
const changed = (bytes: Uint8Array, list: readonly { readonly at: number; readonly to: number }[]) => {
  const copy = Uint8Array.from(bytes);
  for (const { at: place, to } of list) copy[place % copy.length] = to;
  return copy;
};

function targetsOf({ name, file, read, payload, sign }: Kind): readonly Target[] {
  const damaged = fc.asyncProperty(changes, fc.integer({ min: -3, max: 0 }), async (list, cut) => {
    const bytes = changed(file, list).subarray(0, file.length + cut);
    const same = bytes.length === file.length && bytes.every((byte, i) => byte === file[i]);
    return same === (await read(bytes)).ok;
  });
  const signed = fc.asyncProperty(fc.oneof(changes, fc.uint8Array({ maxLength: 60 })), async (drawn) => {
    const body = drawn instanceof Uint8Array ? drawn : changed(payload, drawn);
    return typeof (await read(await sign(body))).ok === 'boolean';
  });
  return [
    { name: `${name}: with a byte changed it is refused`, property: damaged },
    { name: `${name}: whatever a trusted key signed is read or refused`, property: signed },
  ] as readonly Target[];
}

export const signedListTargets: readonly Target[] = kinds.flatMap(targetsOf);

for (const { name, file, read } of kinds) {
  if (!(await read(file)).ok) throw new Error(`the untouched ${name} is refused`);
}
