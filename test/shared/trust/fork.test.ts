import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nodeEd25519 } from '../../../kiosk/core/verifier/node-ed25519.ts';
import { encodeHex } from '../../../shared/bytes/hex.ts';
import { kidOf } from '../../../shared/cose/key.ts';
import { type Fork, forksOf, signerOf, unsettled, withFork } from '../../../shared/trust/fork.ts';
import { signTrustList, type TrustKey, verifyTrustList } from '../../../shared/trust/trust-list.ts';
import { trustView } from '../../../shared/trust/trust-view.ts';
import { forkTargets } from '../../fuzz/forks.ts';
import { unwrap } from '../bytes/vector.ts';
import { at, authority, content, listedKey, NOW } from '../credential/world.ts';

const [rootA, rootB, statusKey, other] = [await authority(), await authority(), await authority(), await authority()];
const roots = [rootA, rootB];

async function listOf(version: number, by: readonly (typeof rootA)[], changes: Partial<TrustKey> = {}) {
  const made = content({ roots }, { version, keys: [listedKey(statusKey.key, changes), listedKey(other.key)] });
  const bytes = await signTrustList(
    made,
    by.map(({ signer }) => signer),
  );
  return unwrap(await verifyTrustList(bytes, { roots: roots.map(({ key }) => key), now: NOW, ed25519: nodeEd25519 }));
}

const ofTrust = (version: number): Fork => ({ list: 'trust', version });
const ids = [statusKey, other].map(({ key }) => encodeHex(kidOf(key))) as [string, string];
const ofStatuses: Fork = { list: 'status', signers: ids };

describe('a fork of trust lists', () => {
  it('is settled by a list above both that both roots signed, and by no other', async () => {
    const known = [ofTrust(5)];
    expect(unsettled(known, await listOf(6, roots))).toEqual([]);
    expect(unsettled(known, await listOf(5, roots))).toEqual(known);
    for (const one of roots) {
      expect(unsettled(known, await listOf(6, [one]))).toEqual(known);
      expect(unsettled(known, await listOf(900, [one, one]))).toEqual(known);
    }
  });

  it('is one, at its highest number', () => {
    expect(withFork([ofTrust(5), ofStatuses], ofTrust(6))).toEqual([ofStatuses, ofTrust(6)]);
    expect(withFork([ofTrust(6)], ofTrust(5))).toEqual([ofTrust(6)]);
  });
});

describe('a fork of statuses', () => {
  it('is settled when one of its two signers is not trusted any more, whoever signed that list', async () => {
    const known = [ofStatuses];
    expect(unsettled(known, await listOf(1, roots))).toEqual(known);
    expect(unsettled(known, await listOf(1, roots, { state: 'retired' }))).toEqual(known);
    const compromised = { state: 'compromised', compromisedAt: at(-5) } as const;
    expect(unsettled(known, await listOf(1, [rootA], compromised))).toEqual([]);
    expect(unsettled(known, await listOf(1, [rootA], { purposes: ['credential'] }))).toEqual([]);
  });

  it('names who signed, and nobody signed what is no message', () => {
    expect(() => signerOf(Uint8Array.of(1, 2))).toThrow('nobody signed this');
  });
});

it('twenty are remembered: while one stands, another changes nothing', () => {
  const many = Array.from({ length: 30 }, (_, i): Fork => ({ list: 'status', signers: [ids[0], `${i}`] }));
  const known = many.reduce(withFork, [] as readonly Fork[]);
  expect(known).toHaveLength(20);
  expect(forksOf(JSON.parse(JSON.stringify(known)))).toEqual(known);
});

it('a view of the list says whether anything is unsettled', async () => {
  const list = await listOf(1, roots);
  expect([trustView(list).contradicted, trustView(list, [ofTrust(1)]).contradicted]).toEqual([false, true]);
});

describe('what was kept', () => {
  it.each(forkTargets)('$name holds', ({ property }) => {
    fc.assert(property as fc.IRawProperty<unknown>, { numRuns: 500 });
  });

  it('is nothing when it is anything else', () => {
    const odd = [
      null,
      'x',
      {},
      [null],
      [{ list: 'trust' }],
      [{ list: 'other', version: 1 }],
      Array(21).fill(ofTrust(1)),
    ];
    for (const value of [...odd, [{ list: 'status', signers: ['a'] }], [{ list: 'status', signers: ['a', 1] }]]) {
      expect(forksOf(value)).toBeUndefined();
    }
  });
});
