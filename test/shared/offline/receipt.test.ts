// Receipts read later and without the edge: what they say, what older ones do not, and what no receipt is.
import { describe, expect, it } from 'vitest';
import { nodeEd25519 } from '../../../kiosk/core/verifier/node-ed25519.ts';
import { encodeBase64Url } from '../../../shared/bytes/base64url.ts';
import { encodeCbor } from '../../../shared/cbor/encode.ts';
import type { CborKey, CborValue } from '../../../shared/cbor/value.ts';
import { receiptKeys, receiptKinds } from '../../../shared/contract/receipt.ts';
import { signSign1 } from '../../../shared/cose/sign1.ts';
import { verifyReceipt } from '../../../shared/offline/receipt.ts';
import { makeWorld, NOW } from '../credential/world.ts';

const world = await makeWorld({ purposes: ['receipt'] });
const hash = new Uint8Array(32).fill(7);

async function read(says: readonly (readonly [keyof typeof receiptKeys, CborValue])[]) {
  const map = new Map<CborKey, CborValue>([
    [receiptKeys.actor, 'business'],
    [receiptKeys.at, NOW],
    ...says.map(([key, value]) => [receiptKeys[key], value] as const),
  ]);
  const receipt = await signSign1(encodeCbor(map), world.issuer.signer);
  const found = await verifyReceipt(encodeBase64Url(receipt), { trust: world.trust, ed25519: nodeEd25519 });
  return found.ok ? found.value.lines : found.error.reason;
}

const batch = (...lines: CborValue[]) =>
  read([
    ['kind', receiptKinds.batch],
    ['object', lines],
  ]);
const unsaid = { check: undefined, context: undefined, profile: undefined };

describe('a receipt read later', () => {
  it('says why the code was asked about and what kind of code it was', async () => {
    const single = await read([
      ['kind', receiptKinds.verification],
      ['object', hash],
      ['outcome', 'accepted'],
      ['context', 'age'],
      ['profile', 'S'],
    ]);
    expect(single).toEqual([{ hash, outcome: 'accepted', check: undefined, context: 'age', profile: 'S' }]);
    expect(
      await batch([hash, 'rejected', 'not_revoked', 'gate', 'D'], [hash, 'rejected', 'issuer_known', 'gate']),
    ).toEqual([
      { hash, outcome: 'rejected', check: 'not_revoked', context: 'gate', profile: 'D' },
      { hash, outcome: 'rejected', check: 'issuer_known', context: 'gate', profile: undefined },
    ]);
  });

  it('of before this was said is read as it was', async () => {
    const single = await read([
      ['kind', receiptKinds.verification],
      ['object', hash],
      ['outcome', 'accepted'],
    ]);
    expect(single).toEqual([{ ...unsaid, hash, outcome: 'accepted' }]);
    expect(await batch([hash, 'accepted'], [hash, 'undecided', 'status_list_fresh'])).toEqual([
      { ...unsaid, hash, outcome: 'accepted' },
      { ...unsaid, hash, outcome: 'undecided', check: 'status_list_fresh' },
    ]);
  });

  it('is none when a line says something that is no word', async () => {
    for (const line of [
      [hash, 'accepted', 5],
      [hash, 'accepted', null, ['age']],
      [hash, 'accepted', null, 'age', true],
      [hash, null],
      [hash.subarray(1), 'accepted'],
      'accepted',
    ] as CborValue[]) {
      expect(await batch(line), JSON.stringify(line)).toBe('receipt_malformed');
    }
    expect(await batch()).toBe('receipt_malformed');
  });
});
