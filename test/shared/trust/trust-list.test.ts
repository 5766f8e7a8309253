import { describe, expect, it } from 'vitest';
import { nodeEd25519 } from '../../../kiosk/core/verifier/node-ed25519.ts';
import { encodeCbor } from '../../../shared/cbor/encode.ts';
import type { CborValue } from '../../../shared/cbor/value.ts';
import { kidOf } from '../../../shared/cose/key.ts';
import { signSign } from '../../../shared/cose/sign.ts';
import { generateEvidenceKeyPair } from '../../../shared/crypto/hpke.ts';
import { freshness } from '../../../shared/trust/freshness.ts';
import {
  encodeTrustList,
  signTrustList,
  TRUST_LIST_TYPE,
  type TrustList,
  type TrustListContent,
  verifyTrustList,
} from '../../../shared/trust/trust-list.ts';
import { trustView } from '../../../shared/trust/trust-view.ts';
import { reasonOf, unwrap } from '../bytes/vector.ts';
import { at, authority, content, DAY, listedKey, NOW } from '../credential/world.ts';

const [rootA, rootB, rootC, stranger, issuer] = await Promise.all([1, 2, 3, 4, 5].map(() => authority()));
if (!rootA || !rootB || !rootC || !stranger || !issuer) throw new Error('keys');
const roots = [rootA.key, rootB.key];
const list = (changes: Partial<TrustListContent> = {}) =>
  content({ roots: [rootA, rootB] }, { keys: [listedKey(issuer.key)], ...changes });

const verify = (bytes: Uint8Array, current?: TrustList, trusted = roots, now = NOW) =>
  verifyTrustList(bytes, { roots: trusted, current, now, ed25519: nodeEd25519 });

describe('the trust list', () => {
  it('comes back whole, its key ids reckoned', async () => {
    const evidence = (await generateEvidenceKeyPair()).publicRaw;
    const made = list({
      keys: [
        listedKey(issuer.key),
        listedKey({ curve: 'X25519', x: evidence }, { purposes: ['evidence'] }),
        listedKey(stranger.key, { state: 'compromised', compromisedAt: at(-5) }),
        listedKey(rootC.key, { state: 'retired' }),
      ],
    });
    const taken = unwrap(await verify(await signTrustList(made, [rootB.signer])));
    expect(taken.keys.map(({ kid, ...rest }) => rest)).toEqual(made.keys);
    expect(taken.keys.map(({ kid }) => kid)).toEqual(made.keys.map(({ key }) => kidOf(key)));
    expect(taken.version).toBe(1);
    expect(trustView(taken).forPurpose('evidence')[0]?.key.x).toEqual(evidence);
  });

  it('names the certificates that readers seal captures to, or says nothing of them', async () => {
    const named = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
    const taken = unwrap(await verify(await signTrustList(list({ captureCertificates: named }), [rootA.signer])));
    expect(taken.captureCertificates).toEqual(named);
    expect(unwrap(await verify(await signTrustList(list(), [rootA.signer]))).captureCertificates).toBeUndefined();
    for (const odd of [[new Uint8Array(31)], Array.from({ length: 17 }, () => new Uint8Array(32))]) {
      const bytes = await signTrustList(list({ captureCertificates: odd }), [rootA.signer]);
      expect(reasonOf(await verify(bytes))).toBe('trust_list_shape');
    }
  });

  it('is taken with one root for routine, either of them', async () => {
    for (const root of [rootA, rootB]) expect((await verify(await signTrustList(list(), [root.signer]))).ok).toBe(true);
  });

  it('is refused without a root: by nobody, by a stranger, by an issuing key', async () => {
    for (const by of [stranger, issuer]) {
      expect(reasonOf(await verify(await signTrustList(list(), [by.signer])))).toBe('trust_list_signature');
    }
    const forged = { ...stranger.signer, kid: kidOf(rootA.key) };
    expect(reasonOf(await verify(await signTrustList(list(), [forged])))).toBe('trust_list_signature');
  });

  it('needs both roots, and both new ones, to name other roots; one signing twice is one', async () => {
    const next = list({ roots: [rootA.key, rootC.key] });
    const { signer: a } = rootA;
    expect(reasonOf(await verify(await signTrustList(next, [a])))).toBe('trust_list_root_change');
    expect(reasonOf(await verify(await signTrustList(next, [a, a])))).toBe('trust_list_root_change');
    expect(reasonOf(await verify(await signTrustList(next, [a, rootC.signer])))).toBe('trust_list_root_change');
    expect(reasonOf(await verify(await signTrustList(next, [a, rootB.signer])))).toBe('trust_list_root_change');
    const twice = await signTrustList(list({ roots: [rootC.key, rootC.key] }), [a, rootB.signer, rootC.signer]);
    expect(reasonOf(await verify(twice))).toBe('trust_list_shape');
    const taken = unwrap(await verify(await signTrustList(next, [a, rootB.signer, rootC.signer])));
    expect(taken).toMatchObject({ roots: [rootA.key, rootC.key], changesRoots: true });
    // From then on the new roots count and the old one does not.
    const later = list({ version: 2, prevHash: taken.hash, roots: taken.roots });
    expect((await verify(await signTrustList(later, [rootC.signer]), taken, [...taken.roots])).ok).toBe(true);
    const byOld = await verify(await signTrustList(later, [rootB.signer]), taken, [...taken.roots]);
    expect(reasonOf(byOld)).toBe('trust_list_signature');
  });

  it('moves forward only, along one chain', async () => {
    const first = unwrap(await verify(await signTrustList(list(), [rootA.signer])));
    const secondContent = list({ version: 2, prevHash: first.hash, issuedAt: at(-60) });
    const second = unwrap(await verify(await signTrustList(secondContent, [rootA.signer]), first));
    expect(reasonOf(await verify(await signTrustList(list(), [rootA.signer]), second))).toBe('trust_list_rollback');
    // The same content again, signed by the other root, is the same list.
    expect((await verify(await signTrustList(secondContent, [rootB.signer]), second)).ok).toBe(true);
    const other = await signTrustList({ ...secondContent, issuedAt: at(-61) }, [rootA.signer]);
    expect(reasonOf(await verify(other, second))).toBe('trust_list_fork');
    const unchained = await signTrustList(list({ version: 3 }), [rootA.signer]);
    expect(reasonOf(await verify(unchained, second))).toBe('trust_list_fork');
    // After a gap the chain cannot be followed, the version alone counts.
    expect((await verify(await signTrustList(list({ version: 9 }), [rootA.signer]), second)).ok).toBe(true);
  });

  it('is refused from the future, and taken past its end', async () => {
    const future = await signTrustList(list({ issuedAt: at(301) }), [rootA.signer]);
    expect(reasonOf(await verify(future))).toBe('trust_list_from_future');
    const old = await signTrustList(list({ issuedAt: at(-10 * DAY), expiresAt: at(-DAY) }), [rootA.signer]);
    expect((await verify(old)).ok).toBe(true);
  });

  it('refuses other types and other shapes', async () => {
    const encoded = encodeTrustList(list());
    const typed = (typ: string, payload: Uint8Array) => signSign(payload, new Map([[16, typ]]), [rootA.signer]);
    expect(reasonOf(await verify(await typed('application/other', encoded)))).toBe('trust_list_type');
    const broken: readonly CborValue[] = [
      null,
      new Map(),
      new Map<number, CborValue>([
        [1, 'TWQ'],
        [4, 5],
        [6, 1],
        [-65537, 1],
        [-65538, new Uint8Array(32)],
        [-65539, []],
        [-65540, []],
      ]),
    ];
    for (const value of broken) {
      expect(reasonOf(await verify(await typed(TRUST_LIST_TYPE, encodeCbor(value))))).toBe('trust_list_shape');
    }
    const compromisedActive = list({ keys: [listedKey(issuer.key, { compromisedAt: at(0) })] });
    expect(reasonOf(await verify(await signTrustList(compromisedActive, [rootA.signer])))).toBe('trust_list_shape');
    const ended = list({ expiresAt: at(-3600) });
    expect(reasonOf(await verify(await signTrustList(ended, [rootA.signer])))).toBe('trust_list_shape');
  });

  it('never survives a change of one byte', async () => {
    const bytes = await signTrustList(list(), [rootA.signer]);
    for (let i = 0; i < bytes.length; i++) {
      for (const bit of [1, 128]) {
        const changed = bytes.map((byte, j) => (j === i ? byte ^ bit : byte));
        expect((await verify(changed)).ok, `byte ${i}`).toBe(false);
      }
    }
  });

  it('holds 300 keys in about 23 kB', async () => {
    const many = await Promise.all(Array.from({ length: 20 }, () => authority()));
    const keys = Array.from({ length: 300 }, (_, i) => listedKey((many[i % 20] ?? issuer).key));
    const bytes = await signTrustList(list({ keys }), [rootA.signer]);
    expect(bytes.length).toBeLessThan(25_000);
    expect(unwrap(await verify(bytes)).keys.length).toBe(300);
  });
});

describe('looking keys up', () => {
  it('finds all keys of an id, none for another, and imports each once', async () => {
    const taken = unwrap(await verify(await signTrustList(list(), [rootA.signer])));
    const view = trustView(taken);
    const kid = kidOf(issuer.key);
    const [found] = view.candidates(kid);
    let imports = 0;
    const counting = {
      ...nodeEd25519,
      importPublicKey: (raw: Uint8Array) => {
        imports++;
        return nodeEd25519.importPublicKey(raw);
      },
    };
    expect(found?.importedFor(counting)).toBe(found?.importedFor(counting));
    expect(imports).toBe(1);
    const near = kid.slice();
    near[7] = (near[7] ?? 0) ^ 1;
    expect(view.candidates(near)).toEqual([]);
    expect(view.candidates(kid.subarray(1))).toEqual([]);
  });
});

describe('freshness', () => {
  const policy = { maxAgeSeconds: 100, graceSeconds: 10 };
  it('counts age from issuance and ends after the grace', () => {
    expect(freshness({ issuedAt: at(-100), expiresAt: undefined }, NOW, policy)).toEqual({
      ageSeconds: 100,
      fresh: true,
    });
    expect(freshness({ issuedAt: at(-101), expiresAt: undefined }, NOW, policy).fresh).toBe(false);
    expect(freshness({ issuedAt: at(-50), expiresAt: at(-10) }, NOW, policy).fresh).toBe(true);
    expect(freshness({ issuedAt: at(-50), expiresAt: at(-11) }, NOW, policy).fresh).toBe(false);
    expect(freshness({ issuedAt: at(20), expiresAt: undefined }, NOW, policy)).toEqual({ ageSeconds: 0, fresh: true });
  });
});
