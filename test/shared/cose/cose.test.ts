import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeBase64Url } from '../../../shared/bytes/base64url.ts';
import { concatBytes } from '../../../shared/bytes/concat.ts';
import { encodeHex } from '../../../shared/bytes/hex.ts';
import { encodeUtf8 } from '../../../shared/bytes/text.ts';
import { encodeCbor } from '../../../shared/cbor/encode.ts';
import type { CborValue } from '../../../shared/cbor/value.ts';
import { type CoseKey, coseKeyMap, coseKeyOf, kidOf } from '../../../shared/cose/key.ts';
import { decodeSign, signSign, signStructure } from '../../../shared/cose/sign.ts';
import {
  decodeSign1,
  ed25519Signer,
  es256Signer,
  passingSigStructure,
  signSign1,
  sigStructure,
} from '../../../shared/cose/sign1.ts';
import { generateEd25519, importEd25519Seed, webEd25519 } from '../../../shared/crypto/ed25519.ts';
import { generateP256, importP256Public, verifyP256 } from '../../../shared/crypto/p256.ts';
import { coseTargets } from '../../fuzz/credential.ts';
import { hex, reasonOf, unwrap, vectorJson, vectorNames } from '../bytes/vector.ts';

type Example = {
  title: string;
  fail?: boolean;
  input: {
    plaintext?: string;
    plaintext_hex?: string;
    sign0?: { key: Record<string, string>; external?: string; alg: string };
    failures?: unknown;
  };
  intermediates: { ToBeSign_hex?: string };
  output: { cbor: string };
};

const part = (key: Record<string, string>, name: string) =>
  key[`${name}_hex`] === undefined ? unwrap(decodeBase64Url(key[name] ?? '')) : hex(key[`${name}_hex`] ?? '');

describe('COSE WG examples', () => {
  const examples = vectorNames('cose-wg-examples')
    .map((name) => vectorJson<Example>(name))
    .filter((example) => example.input.sign0 !== undefined);

  it.each(examples.map((example) => [example.title, example] as const))('%s', async (_, example) => {
    const sign0 = example.input.sign0;
    if (sign0 === undefined) return;
    const decoded = decodeSign1(hex(example.output.cbor), { anyUnprotected: true, tolerant: true });
    const external = hex(sign0.external ?? '');
    let valid = false;
    if (decoded.ok) {
      const { message } = { message: decoded.value };
      const over = sigStructure(message.protected, message.payload, external);
      if (example.fail !== true) expect(encodeHex(over).toUpperCase()).toBe(example.intermediates.ToBeSign_hex);
      if (sign0.key['crv'] === 'Ed25519') {
        const key = await webEd25519.importPublicKey(part(sign0.key, 'x'));
        valid = key !== undefined && (await webEd25519.verify(key, over, message.signature));
        expect(await ed25519Signer(await importEd25519Seed(part(sign0.key, 'd'))).sign(over)).toEqual(
          message.signature,
        );
      } else {
        const key = unwrap(await importP256Public(part(sign0.key, 'x'), part(sign0.key, 'y')));
        valid = await verifyP256(key, over, message.signature);
      }
    }
    // One example has alg outside the signature: its signature is good, and it is refused all the same.
    const unsigned = example.title.startsWith('sign-pass-01');
    if (unsigned) expect(reasonOf(decoded)).toBe('cose_alg');
    expect(valid).toBe(example.fail !== true && !unsigned);
  });

  it('has both kinds', () => {
    expect(examples.filter((example) => example.fail === true).length).toBeGreaterThanOrEqual(3);
    expect(examples.filter((example) => example.fail !== true).length).toBeGreaterThanOrEqual(5);
  });
});

describe('Sign1', async () => {
  const pair = await generateEd25519({ extractable: false });
  const signer = ed25519Signer(pair.privateKey, hex('0102030405060708'));
  const payload = encodeUtf8('payload');

  it('comes back with its header, and its signature holds', async () => {
    const bytes = await signSign1(payload, signer, { typ: 293 });
    const message = unwrap(decodeSign1(bytes));
    expect(message.header.alg).toBe(-8);
    expect(message.header.typ).toBe(293);
    expect(message.header.kid).toEqual(signer.kid);
    const key = await webEd25519.importPublicKey(pair.publicRaw);
    if (key === undefined) throw new Error('key');
    expect(await webEd25519.verify(key, sigStructure(message.protected, message.payload), message.signature)).toBe(
      true,
    );
  });

  it('writes the same Sig_structure as a generic encoder, at every length of head', () => {
    for (const length of [0, 1, 23, 24, 255, 256, 65_535, 65_536]) {
      const [a, b] = [new Uint8Array(length).fill(7), new Uint8Array(3)];
      expect(sigStructure(b, a)).toEqual(encodeCbor(['Signature1', b, new Uint8Array(0), a]));
      expect(passingSigStructure(b, a)).toEqual(sigStructure(b, a));
      expect(sigStructure(b, b, a)).toEqual(encodeCbor(['Signature1', b, a, b]));
    }
  });

  const shaped = (header: CborValue, unprotected: CborValue, signature: CborValue = new Uint8Array(64), tag = 18) =>
    encodeCbor({ tag, value: [header instanceof Map ? encodeCbor(header) : header, unprotected, payload, signature] });
  const none = new Map<number, CborValue>();
  const eddsa = new Map<number, CborValue>([[1, -8]]);
  const cases: readonly (readonly [string, Uint8Array, string])[] = [
    ['no tag', encodeCbor([encodeCbor(eddsa), none, payload, new Uint8Array(64)]), 'cose_shape'],
    ['another tag', shaped(eddsa, none, new Uint8Array(64), 98), 'cose_shape'],
    ['three parts', encodeCbor({ tag: 18, value: [encodeCbor(eddsa), none, payload] }), 'cose_shape'],
    [
      'a detached payload',
      encodeCbor({ tag: 18, value: [encodeCbor(eddsa), none, null, new Uint8Array(64)] }),
      'cose_shape',
    ],
    ['a signature of 63 bytes', shaped(eddsa, none, new Uint8Array(63)), 'cose_signature_length'],
    ['alg outside the signature', shaped(none, eddsa), 'cose_unprotected'],
    ['kid outside the signature', shaped(eddsa, new Map([[4, hex('01')]])), 'cose_unprotected'],
    ['no alg', shaped(none, none), 'cose_alg'],
    ['alg as text', shaped(new Map([[1, 'EdDSA']]), none), 'cose_alg'],
    ['HMAC as alg', shaped(new Map([[1, 5]]), none), 'cose_alg'],
    [
      'a critical parameter',
      shaped(
        new Map<number, CborValue>([
          [1, -8],
          [2, [99]],
        ]),
        none,
      ),
      'cose_critical',
    ],
    [
      'kid as text',
      shaped(
        new Map<number, CborValue>([
          [1, -8],
          [4, 'key'],
        ]),
        none,
      ),
      'cose_header',
    ],
    ['a header that is no map', shaped(encodeCbor([1]), none), 'cose_header'],
    ['bytes after the message', concatBytes(shaped(eddsa, none), hex('00')), 'cbor_trailing_bytes'],
  ];

  it.each(cases)('refuses %s', (_, bytes, reason) => {
    expect(reasonOf(decodeSign1(bytes))).toBe(reason);
  });

  it('takes the fully specified name of Ed25519 too', () => {
    expect(unwrap(decodeSign1(shaped(new Map([[1, -19]]), none))).header.alg).toBe(-19);
  });
});

describe('Sign with several signers', async () => {
  const [a, b] = [await generateEd25519({ extractable: false }), await generateP256({ extractable: false })];
  const signers = [ed25519Signer(a.privateKey, hex('0a')), es256Signer(b.privateKey, hex('0b'))];

  it('keeps each signature with its own header', async () => {
    const bytes = await signSign(encodeUtf8('list'), new Map([[16, 'x/y']]), signers);
    const message = unwrap(decodeSign(bytes));
    expect(message.signatures.map((signature) => signature.header.alg)).toEqual([-8, -7]);
    const key = await webEd25519.importPublicKey(a.publicRaw);
    const [first] = message.signatures;
    if (key === undefined || first === undefined) throw new Error('first');
    const over = signStructure(message.protected, first.protected, message.payload);
    expect(await webEd25519.verify(key, over, first.signature)).toBe(true);
  });

  it('refuses five signatures, none, and unsigned parameters', async () => {
    const five = await signSign(
      encodeUtf8('x'),
      new Map(),
      Array.from({ length: 5 }, () => signers[0] as (typeof signers)[0]),
    );
    expect(reasonOf(decodeSign(five))).toBe('cose_shape');
    expect(reasonOf(decodeSign(await signSign(encodeUtf8('x'), new Map(), [])))).toBe('cose_shape');
    const empty = encodeCbor(new Map());
    const loose = { tag: 98, value: [empty, new Map([[1, -8]]), hex('00'), [[empty, new Map(), new Uint8Array(64)]]] };
    expect(reasonOf(decodeSign(encodeCbor(loose)))).toBe('cose_unprotected');
  });
});

describe('COSE_Key', async () => {
  const ed: CoseKey = { curve: 'Ed25519', x: (await generateEd25519({ extractable: false })).publicRaw };
  const raw = (await generateP256({ extractable: false })).publicRaw;
  const ec: CoseKey = { curve: 'P-256', x: raw.slice(1, 33), y: raw.slice(33) };

  it('comes back, with y whole or as its sign', () => {
    for (const key of [ed, ec]) {
      expect(unwrap(coseKeyOf(coseKeyMap(key)))).toEqual(key);
      expect(unwrap(coseKeyOf(coseKeyMap(key, { compressY: true })))).toEqual(key);
    }
    expect(encodeCbor(coseKeyMap(ed)).length).toBe(40);
    expect(encodeCbor(coseKeyMap(ec, { compressY: true })).length).toBe(42);
    expect(encodeCbor(coseKeyMap(ec)).length).toBe(75);
  });

  it('has one key id whatever form it was read from', () => {
    expect(kidOf(unwrap(coseKeyOf(coseKeyMap(ec, { compressY: true }))))).toEqual(kidOf(ec));
    expect(kidOf(ed).length).toBe(8);
    expect(kidOf(ed)).not.toEqual(kidOf(ec));
  });

  it('refuses private keys, unknown curves, wrong lengths and weak points', () => {
    const map = (entries: [number, CborValue][]) => new Map<number, CborValue>(entries);
    expect(
      reasonOf(
        coseKeyOf(
          map([
            [1, 1],
            [-1, 6],
            [-2, ed.x],
            [-4, ed.x],
          ]),
        ),
      ),
    ).toBe('cose_key_shape');
    expect(
      reasonOf(
        coseKeyOf(
          map([
            [1, 1],
            [-1, 6],
            [-2, ed.x.subarray(1)],
          ]),
        ),
      ),
    ).toBe('cose_key_shape');
    expect(
      reasonOf(
        coseKeyOf(
          map([
            [1, 1],
            [-1, 7],
            [-2, ed.x],
          ]),
        ),
      ),
    ).toBe('cose_key_curve');
    expect(
      reasonOf(
        coseKeyOf(
          map([
            [1, 2],
            [-1, 1],
            [-2, ec.x],
          ]),
        ),
      ),
    ).toBe('cose_key_shape');
    expect(
      reasonOf(
        coseKeyOf(
          map([
            [1, 1],
            [-1, 6],
            [-2, new Uint8Array(32)],
          ]),
        ),
      ),
    ).toBe('cose_key_weak');
    expect(
      reasonOf(
        coseKeyOf(
          map([
            [1, 2],
            [-1, 1],
            [-2, new Uint8Array(32).fill(255)],
            [-3, true],
          ]),
        ),
      ),
    ).toBe('cose_key_weak');
    expect(reasonOf(coseKeyOf('key'))).toBe('cose_key_shape');
  });
});

describe('properties', () => {
  it.each(coseTargets)('$name', ({ property }) => {
    fc.assert(property as fc.IProperty<unknown>, { numRuns: 10_000 });
  });
});
