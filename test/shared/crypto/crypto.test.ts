import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { nodeEd25519 } from '../../../kiosk/core/verifier/node-ed25519.ts';
import { encodeHex } from '../../../shared/bytes/hex.ts';
import { encodeUtf8 } from '../../../shared/bytes/text.ts';
import { importSealingKey, open, seal, sealedKeyId } from '../../../shared/crypto/aes-gcm.ts';
import { sha256 } from '../../../shared/crypto/digest.ts';
import {
  type Ed25519,
  exportEd25519Pkcs8,
  exportEd25519Public,
  generateEd25519,
  importEd25519Jwk,
  importEd25519Pkcs8,
  importEd25519Seed,
  isSmallOrder,
  isUsablePublicKey,
  nobleEd25519,
  signEd25519,
  webEd25519,
} from '../../../shared/crypto/ed25519.ts';
import { hmacSha256, importHmacKey, verifyHmacSha256 } from '../../../shared/crypto/hmac.ts';
import {
  exportEvidencePrivate,
  generateEvidenceKeyPair,
  importEvidencePrivate,
  openFrom,
  sealTo,
} from '../../../shared/crypto/hpke.ts';
import { generateP256, importP256Public, p256YOf, signP256, verifyP256 } from '../../../shared/crypto/p256.ts';
import { randomBelow, randomBytes } from '../../../shared/crypto/random.ts';
import { sha256Sync } from '../../../shared/crypto/sha256.ts';
import { hex, reasonOf, unwrap, vectorJson, vectorText } from '../bytes/vector.ts';
import { onlyTables } from './only-tables.ts';

const implementations: readonly (readonly [string, Ed25519])[] = [
  ['WebCrypto', webEd25519],
  ['noble', nobleEd25519],
  ['node:crypto', nodeEd25519],
  ['tables', onlyTables],
];

async function verdict(by: Ed25519, raw: Uint8Array, message: Uint8Array, signature: Uint8Array): Promise<boolean> {
  const key = await by.importPublicKey(raw);
  return key !== undefined && (await by.verify(key, message, signature));
}

describe('Ed25519', () => {
  type Rfc = { name?: string; priv: string; pub: string; msg: string; sig: string };

  it('signs every example of RFC 8032 byte for byte', async () => {
    const examples = vectorJson<Rfc[]>('ed25519-rfc8032/rfc8032-7.1.json');
    expect(examples.map(({ name }) => name)).toEqual(['TEST 1', 'TEST 2', 'TEST 3', 'TEST 1024', 'TEST SHA(abc)']);
    for (const { priv, pub, msg, sig } of [...examples, ...vectorJson<Rfc[]>('ed25519-rfc8032/rfc8032.json')]) {
      const key = await importEd25519Seed(hex(priv));
      const signature = await signEd25519(key, hex(msg));
      expect(encodeHex(signature)).toBe(sig);
      for (const [, by] of implementations) expect(await verdict(by, hex(pub), hex(msg), signature)).toBe(true);
    }
  });

  it('signs and verifies the lines of sign.input', async () => {
    for (const line of vectorText('ed25519-rfc8032/sign.input.txt').trim().split('\n')) {
      const [secret = '', pub = '', msg = '', signed = ''] = line.split(':');
      const signature = await signEd25519(await importEd25519Seed(hex(secret.slice(0, 64))), hex(msg));
      expect(encodeHex(signature)).toBe(signed.slice(0, 128));
      expect(await verdict(webEd25519, hex(pub), hex(msg), signature)).toBe(true);
    }
  });

  type Wycheproof = {
    testGroups: { publicKey: { pk: string }; tests: { msg: string; sig: string; result: string; tcId: number }[] }[];
  };

  it.each(implementations)('%s answers Wycheproof as Wycheproof does', async (_, by) => {
    let seen = 0;
    for (const group of vectorJson<Wycheproof>('wycheproof/ed25519_test.json').testGroups) {
      for (const test of group.tests) {
        const valid = await verdict(by, hex(group.publicKey.pk), hex(test.msg), hex(test.sig));
        expect(valid, `case ${test.tcId}`).toBe(test.result === 'valid');
        seen++;
      }
    }
    expect(seen).toBeGreaterThan(60);
  });

  it('refuses every small-order and non-canonical case alike', async () => {
    type Case = { vk_bytes: string; sig_bytes: string; valid_legacy: boolean };
    const cases = vectorJson<Case[]>('ed25519-rfc8032/zip215.json');
    for (const { vk_bytes, sig_bytes } of cases) {
      for (const [, by] of implementations) {
        expect(await verdict(by, hex(vk_bytes), encodeUtf8('Zcash'), hex(sig_bytes))).toBe(false);
      }
    }
    expect(cases.length).toBe(98);
  });

  it('gives one answer by all implementations where libraries differ', async () => {
    type Case = { message: string; pub_key: string; signature: string };
    for (const { message, pub_key, signature } of vectorJson<Case[]>('ed25519-rfc8032/edge-cases.json')) {
      const answers = [];
      for (const [, by] of implementations) answers.push(await verdict(by, hex(pub_key), hex(message), hex(signature)));
      expect(new Set(answers).size, pub_key).toBe(1);
    }
  });

  it('knows the keys that prove nothing', () => {
    for (const y of ['00', '01']) expect(isSmallOrder(hex(y.padEnd(64, '0')))).toBe(true);
    expect(isSmallOrder(hex(`ec${'ff'.repeat(30)}7f`))).toBe(true);
    expect(isSmallOrder(hex(`ec${'ff'.repeat(31)}`))).toBe(true);
    expect(isSmallOrder(hex('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05'))).toBe(true);
    expect(isSmallOrder(hex('c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a'))).toBe(true);
    const real = hex('d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a');
    expect(isSmallOrder(real)).toBe(false);
    expect(isUsablePublicKey(real)).toBe(true);
    expect(isUsablePublicKey(real.subarray(1))).toBe(false);
    // y = p + 3: a second spelling of y = 3.
    expect(isUsablePublicKey(hex(`f0${'ff'.repeat(30)}7f`))).toBe(false);
  });

  it('keeps, exports and imports keys', async () => {
    const pair = await generateEd25519({ extractable: true });
    const again = await importEd25519Pkcs8(await exportEd25519Pkcs8(pair.privateKey), true);
    expect(await signEd25519(again, hex('01'))).toEqual(await signEd25519(pair.privateKey, hex('01')));
    const jwk = await crypto.subtle.exportKey('jwk', pair.privateKey);
    const { kty = '', crv = '', x = '', d = '' } = jwk;
    const bySecret = await importEd25519Jwk({ kty, crv, x, d });
    expect(await signEd25519(bySecret, hex('01'))).toEqual(await signEd25519(pair.privateKey, hex('01')));
    expect(await exportEd25519Public(await importEd25519Jwk({ kty, crv, x }, true))).toEqual(pair.publicRaw);
    const hidden = await generateEd25519({ extractable: false });
    await expect(exportEd25519Pkcs8(hidden.privateKey)).rejects.toThrow();
  });
});

describe('P-256', () => {
  it('signs 64 bytes that verify, and finds y from its sign', async () => {
    const pair = await generateP256({ extractable: false });
    const [x, y] = [pair.publicRaw.slice(1, 33), pair.publicRaw.slice(33)];
    const key = unwrap(await importP256Public(x, y));
    const signature = await signP256(pair.privateKey, hex('0102'));
    expect(signature.length).toBe(64);
    expect(await verifyP256(key, hex('0102'), signature)).toBe(true);
    expect(await verifyP256(key, hex('0103'), signature)).toBe(false);
    expect(await verifyP256(key, hex('0102'), signature.subarray(1))).toBe(false);
    expect(unwrap(p256YOf(x, ((y[31] ?? 0) & 1) === 1))).toEqual(y);
  });

  it('refuses points that are not on the curve', async () => {
    expect(reasonOf(await importP256Public(new Uint8Array(32).fill(1), new Uint8Array(32).fill(1)))).toBe(
      'p256_not_on_curve',
    );
    expect(reasonOf(p256YOf(new Uint8Array(32).fill(255), true))).toBe('p256_not_on_curve');
    const none = Array.from({ length: 20 }, (_, i) =>
      p256YOf(
        Uint8Array.from({ length: 32 }, () => i + 1),
        true,
      ),
    );
    expect(none.some((found) => !found.ok)).toBe(true);
  });
});

describe('digests, codes and randomness', () => {
  it('hashes every length of padding as Node does', async () => {
    for (let length = 0; length < 200; length++) {
      const message = Uint8Array.from({ length }, (_, i) => i * 7);
      expect(encodeHex(sha256Sync(message))).toBe(createHash('sha256').update(message).digest('hex'));
    }
    expect(await sha256(hex('616263'))).toEqual(sha256Sync(hex('616263')));
  });

  it('makes and verifies HMAC (RFC 4231, case 2 with a longer key)', async () => {
    const key = await importHmacKey(new Uint8Array(20).fill(0x0b));
    const code = await hmacSha256(key, encodeUtf8('Hi There'));
    expect(encodeHex(code)).toBe('b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7');
    expect(await verifyHmacSha256(key, encodeUtf8('Hi There'), code)).toBe(true);
    expect(await verifyHmacSha256(key, encodeUtf8('Hi there'), code)).toBe(false);
    await expect(importHmacKey(new Uint8Array(15))).rejects.toThrow(RangeError);
  });

  it('draws numbers below a bound', () => {
    const drawn = new Set(Array.from({ length: 500 }, () => randomBelow(5)));
    expect([...drawn].sort()).toEqual([0, 1, 2, 3, 4]);
    expect(randomBelow(1)).toBe(0);
    expect(() => randomBelow(0)).toThrow(RangeError);
    expect(randomBytes(16)).not.toEqual(randomBytes(16));
  });
});

describe('sealed blobs', async () => {
  const key = await importSealingKey(new Uint8Array(8).fill(1), randomBytes(32));
  const other = await importSealingKey(new Uint8Array(8).fill(2), randomBytes(32));
  const keys = (id: string) => [key, other].find((it) => encodeHex(it.keyId) === id);
  const aad = encodeUtf8('accounts|7|phone');

  it('come back with their key and their place', async () => {
    const sealed = await seal(key, encodeUtf8('secret'), aad);
    expect(sealedKeyId(sealed)).toBe('0101010101010101');
    expect(unwrap(await open(keys, sealed, aad))).toEqual(encodeUtf8('secret'));
    expect(await seal(key, encodeUtf8('secret'), aad)).not.toEqual(sealed);
  });

  it('are refused elsewhere, changed, under another or an unknown key', async () => {
    const sealed = await seal(key, encodeUtf8('secret'), aad);
    expect(reasonOf(await open(keys, sealed, encodeUtf8('accounts|8|phone')))).toBe('sealed_forged');
    for (let i = 0; i < sealed.length; i++) {
      const changed = sealed.map((byte, at) => (at === i ? byte ^ 1 : byte));
      expect((await open(keys, changed, aad)).ok).toBe(false);
    }
    const renamed = sealed.slice();
    renamed.set(other.keyId, 1);
    expect(reasonOf(await open(keys, renamed, aad))).toBe('sealed_forged');
    expect(reasonOf(await open(() => undefined, sealed, aad))).toBe('sealed_key_unknown');
    expect(reasonOf(await open(keys, Uint8Array.of(9, ...sealed.subarray(1)), aad))).toBe('sealed_version');
    expect(reasonOf(await open(keys, sealed.subarray(0, 36), aad))).toBe('sealed_malformed');
  });
});

describe('HPKE', () => {
  const binding = { info: encodeUtf8('evidence'), aad: encodeUtf8('activation-1') };

  it('opens what was sealed, with a key that was kept', async () => {
    const pair = await generateEvidenceKeyPair();
    const sealed = await sealTo(pair.publicRaw, encodeUtf8('template'), binding);
    expect(sealed.length).toBe(32 + 8 + 16);
    const kept = await importEvidencePrivate(await exportEvidencePrivate(pair.privateKey));
    expect(unwrap(await openFrom(kept, sealed, binding))).toEqual(encodeUtf8('template'));
  });

  it('refuses another activation, purpose, key, or byte', async () => {
    const pair = await generateEvidenceKeyPair();
    const sealed = await sealTo(pair.publicRaw, encodeUtf8('template'), binding);
    const { privateKey } = pair;
    expect(reasonOf(await openFrom(privateKey, sealed, { ...binding, aad: encodeUtf8('activation-2') }))).toBe(
      'hpke_forged',
    );
    expect(reasonOf(await openFrom(privateKey, sealed, { ...binding, info: encodeUtf8('other') }))).toBe('hpke_forged');
    expect(reasonOf(await openFrom((await generateEvidenceKeyPair()).privateKey, sealed, binding))).toBe('hpke_forged');
    expect(
      reasonOf(
        await openFrom(
          privateKey,
          sealed.map((b, i) => (i === 40 ? b ^ 1 : b)),
          binding,
        ),
      ),
    ).toBe('hpke_forged');
    expect(reasonOf(await openFrom(privateKey, sealed.subarray(0, 40), binding))).toBe('hpke_malformed');
  });

  it('pairs the receiver keys of RFC 9180 A.1', async () => {
    const receiver = await importEvidencePrivate(
      hex('4612c550263fc8ad58375df3f557aac531d26850903e55a9f23f21d8534e8ac8'),
    );
    const publicRaw = hex('3948cfe0ad1ddb695d780e59077195da6c56506b027329794ab02bca80815c4d');
    const sealed = await sealTo(publicRaw, encodeUtf8('x'), binding);
    expect(unwrap(await openFrom(receiver, sealed, binding))).toEqual(encodeUtf8('x'));
  });
});
