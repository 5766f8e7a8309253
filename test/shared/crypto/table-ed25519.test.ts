import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { Point } from '@noble/ed25519';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nodeEd25519 } from '../../../kiosk/core/verifier/node-ed25519.ts';
import { type Ed25519, nobleEd25519, webEd25519 } from '../../../shared/crypto/ed25519.ts';
import { tableEd25519 } from '../../../shared/crypto/table-ed25519.ts';
import { compiledTables, onlyTables, refusing } from './only-tables.ts';

const order = 2n ** 252n + 27742317777372353535851937790883648493n;

type Pair = { readonly raw: Uint8Array; sign(message: Uint8Array): Uint8Array };

function newPair(): Pair {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const raw = new Uint8Array(publicKey.export({ format: 'der', type: 'spki' }).subarray(-32));
  return { raw, sign: (message) => new Uint8Array(sign(null, message, privateKey)) };
}

async function keyOf(by: Ed25519, raw: Uint8Array) {
  const key = await by.importPublicKey(raw);
  if (key === undefined) throw new Error('no usable key');
  return key;
}

const bytesLE = (value: bigint) => Uint8Array.from({ length: 32 }, (_, i) => Number((value >> BigInt(8 * i)) & 255n));
const numberLE = (bytes: Uint8Array) => bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
const text = new TextEncoder();

describe('a check by tables', () => {
  const pair = newPair();
  const messages = fc.uint8Array({ maxLength: 1200 });

  it('takes every good signature, up to the longest message', async () => {
    const key = await keyOf(onlyTables, pair.raw);
    for (const length of [0, 1, 46, 47, 48, 63, 64, 111, 112, 4096, 8191, 8192]) {
      const message = new Uint8Array(length).fill(length & 255);
      expect(onlyTables.verify(key, message, pair.sign(message)), `${length} bytes`).toBe(true);
    }
    fc.assert(
      fc.property(messages, (message) => onlyTables.verify(key, message, pair.sign(message)) === true),
      { numRuns: 2000 },
    );
  });

  it('refuses it with any bit changed, in signature, message or key', async () => {
    const message = text.encode('a signature has 512 bits');
    const good = pair.sign(message);
    const key = await keyOf(onlyTables, pair.raw);
    for (let bit = 0; bit < 512; bit++) {
      const bad = good.slice();
      bad[bit >> 3] = (bad[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(onlyTables.verify(key, message, bad), `bit ${bit}`).toBe(false);
    }
    fc.assert(
      fc.property(messages, fc.nat(), (any, at) => {
        const signature = pair.sign(any);
        const other = any.length === 0 ? Uint8Array.of(0) : any.slice();
        other[at % other.length] = (other[at % other.length] ?? 0) ^ 1;
        return onlyTables.verify(key, other, signature) === false;
      }),
    );
    expect(onlyTables.verify(await keyOf(onlyTables, newPair().raw), message, good)).toBe(false);
    for (const length of [0, 63, 65]) expect(onlyTables.verify(key, message, new Uint8Array(length))).toBe(false);
  });

  it('answers as the others where key and signature were made to make them differ', async () => {
    // A point of order eight: what a key or an R may have in it that no honest signer puts there.
    const torsion = Point.fromHex('c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a');
    const [a, r] = [123456789n ** 6n % order, 987654321n ** 7n % order];
    // A and R with any amount of torsion each: the equation holds with the cofactor always, without it sometimes.
    const mixed = (point: Point, amount: number) =>
      amount === 0 ? point : point.add(torsion.multiplyUnsafe(BigInt(amount)));
    const answers = { true: 0, false: 0 };
    for (let inKey = 0; inKey < 8; inKey++) {
      const raw = mixed(Point.BASE.multiply(a), inKey).toBytes();
      const judges: [Ed25519, object][] = [];
      for (const by of [onlyTables, webEd25519, nodeEd25519, nobleEd25519]) judges.push([by, await keyOf(by, raw)]);
      for (let inR = 0; inR < 8; inR++) {
        const encodedR = mixed(Point.BASE.multiply(r), inR).toBytes();
        for (const word of ['one', 'two', 'three']) {
          const message = text.encode(word);
          const hash = createHash('sha512').update(encodedR).update(raw).update(message).digest();
          const s = (r + (numberLE(hash) % order) * a) % order;
          for (const spelled of [s, s + order]) {
            const signature = new Uint8Array([...encodedR, ...bytesLE(spelled)]);
            const said = new Set<boolean>();
            for (const [by, key] of judges) said.add(await by.verify(key, message, signature));
            expect(said.size, `${inKey} ${inR} ${word} ${spelled === s}`).toBe(1);
            answers[said.has(true) ? 'true' : 'false']++;
          }
        }
      }
    }
    // Both kinds were among them.
    expect(answers.true).toBeGreaterThan(4);
    expect(answers.false).toBeGreaterThan(300);
  });
});

describe('who is asked', () => {
  const message = text.encode('who holds it?');

  /** A platform that counts, and says what it is told to say. */
  function counting(says: (really: boolean) => boolean = (really) => really) {
    const asked = { times: 0 };
    const platform: Ed25519 = {
      importPublicKey: (raw) => nodeEd25519.importPublicKey(raw),
      verify(key, over, signature) {
        asked.times++;
        return says(nodeEd25519.verify(key, over, signature) as boolean);
      },
    };
    return { asked, platform };
  }

  it('the platform until a key has earned its table, and then now and then', async () => {
    const { asked, platform } = counting();
    const by = tableEd25519(compiledTables, platform, { earnedBy: 10, confirmedEvery: 50 });
    const pair = newPair();
    const key = await keyOf(by, pair.raw);
    const signature = pair.sign(message);
    for (let check = 1; check <= 200; check++) expect(by.verify(key, message, signature)).toBe(true);
    // Nine before the table, and the 50th, 100th, 150th and 200th.
    expect(asked.times).toBe(9 + 4);
  });

  it('the platform about all that a table refuses, and about longer messages', async () => {
    const { asked, platform } = counting();
    const by = tableEd25519(compiledTables, platform, { earnedBy: 1 });
    const pair = newPair();
    const key = await keyOf(by, pair.raw);
    expect(by.verify(key, message, pair.sign(text.encode('another')))).toBe(false);
    expect(asked.times).toBe(1);
    const long = new Uint8Array(8193);
    expect(by.verify(key, long, pair.sign(long))).toBe(true);
    expect(asked.times).toBe(2);
    // What no implementation takes is asked of none.
    expect(by.verify(key, message, new Uint8Array(64))).toBe(false);
    expect(by.verify(key, message, new Uint8Array(63))).toBe(false);
    expect(asked.times).toBe(2);
  });

  it.each([
    ['refused what the platform holds', () => true, 'another'],
    ['accepted what the platform refuses', () => false, 'who holds it?'],
  ])('the platform only, once a table %s', async (_, says, signed) => {
    const { asked, platform } = counting(says);
    let told = 0;
    const by = tableEd25519(compiledTables, platform, { earnedBy: 1, confirmedEvery: 1, onDisagreement: () => told++ });
    const pair = newPair();
    const key = await keyOf(by, pair.raw);
    const signature = pair.sign(text.encode(signed));
    for (let check = 1; check <= 5; check++) {
      expect(by.verify(key, message, signature)).toBe(says());
      expect(asked.times).toBe(check);
    }
    expect(told).toBe(1);
  });

  it('the same by a platform that answers later', async () => {
    let told = 0;
    const options = { earnedBy: 2, confirmedEvery: 3, onDisagreement: () => told++ };
    const by = tableEd25519(compiledTables, webEd25519, options);
    const pair = newPair();
    const key = await keyOf(by, pair.raw);
    const signature = pair.sign(message);
    const kinds = [];
    for (let check = 1; check <= 6; check++) {
      const answer = by.verify(key, message, signature);
      kinds.push(answer instanceof Promise ? 'later' : 'at once');
      expect(await answer).toBe(true);
    }
    expect(kinds).toEqual(['later', 'at once', 'later', 'at once', 'at once', 'later']);
    expect(await by.verify(key, text.encode('other'), signature)).toBe(false);
    expect(told).toBe(0);
  });

  it('the platform for a ninth key, and one table for a key that is imported again', async () => {
    const by = tableEd25519(compiledTables, refusing, { earnedBy: 1 });
    const pairs = Array.from({ length: 9 }, newPair);
    for (const { raw, sign: signed } of pairs.slice(0, 8)) {
      for (let again = 0; again < 3; again++) {
        expect(by.verify(await keyOf(by, raw), message, signed(message))).toBe(true);
      }
    }
    const [first, ninth] = [pairs[0], pairs[8]];
    if (first === undefined || ninth === undefined) throw new Error('nine pairs were made');
    expect(by.verify(await keyOf(by, ninth.raw), message, ninth.sign(message))).toBe(false);
    // The tables of the others are still theirs.
    const firstKey = await keyOf(by, first.raw);
    expect(by.verify(firstKey, message, first.sign(message))).toBe(true);
    expect(by.verify(firstKey, message, ninth.sign(message))).toBe(false);
  });

  it('the platform about a key of another instance, whose address means nothing here', async () => {
    const { asked, platform } = counting();
    const [first, second] = [newPair(), newPair()];
    const mine = tableEd25519(compiledTables, platform, { earnedBy: 1 });
    const theirs = tableEd25519(compiledTables, platform, { earnedBy: 1 });
    const firstKey = await keyOf(mine, first.raw);
    const secondKey = await keyOf(theirs, second.raw);
    for (const pair of [first, second]) {
      const holds = pair === first;
      expect(mine.verify(firstKey, message, pair.sign(message))).toBe(holds);
      expect(theirs.verify(firstKey, message, pair.sign(message))).toBe(holds);
      expect(theirs.verify(secondKey, message, pair.sign(message))).toBe(!holds);
    }
    // What a table refused, once in either memory, and the stranger's key both times.
    expect(asked.times).toBe(2 + 2);
  });

  it('about the key that came in, whatever its bytes are later', async () => {
    const pair = newPair();
    const raw = pair.raw.slice();
    const by = tableEd25519(compiledTables, refusing, { earnedBy: 1 });
    const coming = by.importPublicKey(raw);
    // 1, and nothing but noughts: the neutral point, under which s = 5 and R = 5B hold for anything.
    raw.fill(0);
    raw[0] = 1;
    const key = await coming;
    if (key === undefined) throw new Error('no usable key');
    const five = new Uint8Array([...Point.BASE.multiply(5n).toBytes(), ...bytesLE(5n)]);
    expect(by.verify(key, message, five)).toBe(false);
    expect(by.verify(key, message, pair.sign(message))).toBe(true);
  });

  it('the platform where there is no memory for tables', async () => {
    const { asked, platform } = counting();
    // A module of nothing: it exports no memory, as one that cannot be made has none.
    const empty = new WebAssembly.Module(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0));
    const by = tableEd25519(empty, platform, { earnedBy: 2 });
    const pair = newPair();
    const key = await keyOf(by, pair.raw);
    for (let check = 1; check <= 4; check++) {
      expect(by.verify(key, message, pair.sign(message))).toBe(true);
      expect(asked.times).toBe(check);
    }
  });

  it('the platform about a key that is no point', async () => {
    const asked = { times: 0 };
    const lenient: Ed25519 = {
      importPublicKey: () => ({}),
      verify: () => {
        asked.times++;
        return false;
      },
    };
    const by = tableEd25519(compiledTables, lenient, { earnedBy: 1 });
    const nowhere = bytesLE(2n);
    expect(() => Point.fromBytes(nowhere)).toThrow();
    const key = await keyOf(by, nowhere);
    for (let check = 1; check <= 3; check++) {
      expect(by.verify(key, message, newPair().sign(message))).toBe(false);
      expect(asked.times).toBe(check);
    }
  });
});
