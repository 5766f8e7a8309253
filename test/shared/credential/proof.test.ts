import { describe, expect, it } from 'vitest';
import { nodeEd25519 } from '../../../kiosk/core/verifier/node-ed25519.ts';
import { encodeCbor } from '../../../shared/cbor/encode.ts';
import type { CborKey, CborValue } from '../../../shared/cbor/value.ts';
import { type CoseKey, coseKeyMap } from '../../../shared/cose/key.ts';
import { ed25519Signer, es256Signer, type Signer, signSign1 } from '../../../shared/cose/sign1.ts';
import { PROOF_TYPE, proveHolderKey, verifyHolderProof } from '../../../shared/credential/proof.ts';
import { generateEd25519 } from '../../../shared/crypto/ed25519.ts';
import { generateP256 } from '../../../shared/crypto/p256.ts';
import { reasonOf, unwrap } from '../bytes/vector.ts';
import { at, NOW } from './world.ts';

const ed = await generateEd25519({ extractable: false });
const ec = await generateP256({ extractable: false });
const edKey: CoseKey = { curve: 'Ed25519', x: ed.publicRaw };
const ecKey: CoseKey = { curve: 'P-256', x: ec.publicRaw.slice(1, 33), y: ec.publicRaw.slice(33) };
const holder = ed25519Signer(ed.privateKey);
const nonce = new Uint8Array(16).fill(3);
const proof = { audience: 'TWQ', nonce, issuedAt: NOW };
const expected = { audience: 'TWQ', nonce, now: NOW, ed25519: nodeEd25519 };

const reason = async (bytes: Uint8Array, changes: Partial<typeof expected> = {}) =>
  reasonOf(await verifyHolderProof(bytes, { ...expected, ...changes }));

const made = (entries: [number, CborValue][], by: Signer = holder, typ = PROOF_TYPE) =>
  signSign1(encodeCbor(new Map<CborKey, CborValue>(entries)), by, { typ });

const cnf = (key: CoseKey): [number, CborValue] => [8, new Map([[1, coseKeyMap(key)]])];

describe('the holder proof', () => {
  it('answers the key that was proved, of either kind', async () => {
    expect(unwrap(await verifyHolderProof(await proveHolderKey(proof, edKey, holder), expected))).toEqual(edKey);
    const byPhone = await proveHolderKey(proof, ecKey, es256Signer(ec.privateKey));
    expect(unwrap(await verifyHolderProof(byPhone, expected))).toEqual(ecKey);
  });

  it('is refused for another issuer, nonce or time', async () => {
    const bytes = await proveHolderKey(proof, edKey, holder);
    expect(await reason(bytes, { audience: 'OTHER' })).toBe('proof_audience');
    expect(await reason(bytes, { nonce: new Uint8Array(16) })).toBe('proof_nonce');
    expect(await reason(bytes, { now: at(301) })).toBe('proof_time');
    expect(await reason(bytes, { now: at(-301) })).toBe('proof_time');
    const short = new Uint8Array(15);
    expect(await reason(await proveHolderKey({ ...proof, nonce: short }, edKey, holder), { nonce: short })).toBe(
      'proof_nonce',
    );
  });

  it('is refused for a key the holder does not have, a wrong algorithm, a weak key', async () => {
    const other = (await generateEd25519({ extractable: false })).publicRaw;
    expect(await reason(await proveHolderKey(proof, { curve: 'Ed25519', x: other }, holder))).toBe('proof_signature');
    const otherEc = (await generateP256({ extractable: false })).publicRaw;
    const foreign: CoseKey = { curve: 'P-256', x: otherEc.slice(1, 33), y: otherEc.slice(33) };
    expect(await reason(await proveHolderKey(proof, foreign, es256Signer(ec.privateKey)))).toBe('proof_signature');
    expect(await reason(await proveHolderKey(proof, ecKey, holder))).toBe('proof_alg');
    expect(await reason(await proveHolderKey(proof, edKey, es256Signer(ec.privateKey)))).toBe('proof_alg');
    expect(await reason(await proveHolderKey(proof, { curve: 'X25519', x: ed.publicRaw }, holder))).toBe('proof_alg');
    const weak: CoseKey = { curve: 'Ed25519', x: new Uint8Array(32) };
    expect(await reason(await proveHolderKey(proof, weak, holder))).toBe('proof_key_weak');
    const offCurve: CoseKey = { curve: 'P-256', x: new Uint8Array(32).fill(1), y: new Uint8Array(32).fill(1) };
    expect(await reason(await proveHolderKey(proof, offCurve, es256Signer(ec.privateKey)))).toBe('proof_key_weak');
  });

  it('is refused in another shape or type', async () => {
    expect(await reason(await made([[3, 'TWQ'], [6, NOW], [10, nonce], cnf(edKey)], holder, 'application/jwt'))).toBe(
      'proof_type',
    );
    expect(await reason(await made([[6, NOW], [10, nonce], cnf(edKey)]))).toBe('proof_shape');
    expect(await reason(await made([[3, 'TWQ'], [6, -1], [10, nonce], cnf(edKey)]))).toBe('proof_shape');
    expect(await reason(await made([[3, 'TWQ'], [6, NOW], [10, 'x'], cnf(edKey)]))).toBe('proof_shape');
    expect(
      await reason(
        await made([
          [3, 'TWQ'],
          [6, NOW],
          [10, nonce],
        ]),
      ),
    ).toBe('proof_shape');
  });

  it('never survives a change of one byte', async () => {
    const bytes = await proveHolderKey(proof, edKey, holder);
    for (let i = 0; i < bytes.length; i++) {
      expect(
        (
          await verifyHolderProof(
            bytes.map((b, j) => (j === i ? b ^ 2 : b)),
            expected,
          )
        ).ok,
      ).toBe(false);
    }
  });
});
