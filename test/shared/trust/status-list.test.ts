import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeBase64Url } from '../../../shared/bytes/base64url.ts';
import { inflateZlib } from '../../../shared/bytes/inflate.ts';
import { zlibStored } from '../../../shared/bytes/zlib-stored.ts';
import { decodeCbor } from '../../../shared/cbor/decode.ts';
import { encodeCbor } from '../../../shared/cbor/encode.ts';
import { type CborValue, isCborMap } from '../../../shared/cbor/value.ts';
import { signSign1 } from '../../../shared/cose/sign1.ts';
import { StatusBitmap } from '../../../shared/trust/status-bitmap.ts';
import {
  CHUNK_LENGTH,
  decodeStatusList,
  decodeStatusListToken,
  encodeStatusList,
  STATUS_LIST_TYPE,
  type StatusList,
  signAgain,
  signStatusList,
  verifyStatusList,
} from '../../../shared/trust/status-list.ts';
import { chunkReference, nationalStatus, StatusLists, wholeIndex } from '../../../shared/trust/status-source.ts';
import { hex, reasonOf, unwrap, vectorText } from '../bytes/vector.ts';
import { at, authority, DAY, makeWorld, NOW, STATUS_URI } from '../credential/world.ts';

const flat = (name: string) => vectorText(`token-status-list/${name}`).replace(/\s/g, '');
const listedStatuses = (name: string) =>
  [...vectorText(`token-status-list/${name}`).matchAll(/status\[(\d+)\] = 0b([01]+)/g)].map(
    ([, index, status]) => [Number(index), Number.parseInt(status ?? '', 2)] as const,
  );

describe('Token Status List vectors', () => {
  it.each([
    ['1-bit', 'test-vector-1-bit.md', 'status_list_encoding1_long', 1],
    ['4-bit', 'test-vector-4-bit.md', 'status_list_encoding4', 4],
  ] as const)('%s: the listed statuses and no others', (_, vector, file, bits) => {
    const fromCbor = unwrap(decodeStatusList(unwrap(decodeCbor(hex(flat(`${file}_cbor.md`))))));
    const json = JSON.parse(flat(`${file}_json.md`)) as { bits: number; lst: string };
    const fromJson = unwrap(inflateZlib(unwrap(decodeBase64Url(json.lst)), { maxBytes: 1 << 20 }));
    expect(fromCbor.bits).toBe(bits);
    expect(fromCbor.length).toBe(1 << 20);
    expect(Buffer.compare(fromCbor.bytes, fromJson)).toBe(0);
    const listed = new Map(listedStatuses(vector));
    expect(listed.size).toBeGreaterThan(10);
    let set = 0;
    for (let index = 0; index < fromCbor.length; index++) {
      const status = fromCbor.get(index);
      if (status !== 0) {
        set++;
        expect(status).toBe(listed.get(index));
      }
    }
    expect(set).toBe(listed.size);
  });

  it('reads the token of the text, which has its kid outside the signature', () => {
    const token = hex(flat('status_list_cwt.md'));
    expect(reasonOf(decodeStatusListToken(token))).toBe('cose_unprotected');
    const { list } = unwrap(decodeStatusListToken(token, { anyUnprotected: true }));
    expect(list.uri).toBe('https://example.com/statuslists/1');
    expect([list.issuedAt, list.expiresAt, list.ttlSeconds]).toEqual([1686920170, 2291720170, 43200]);
    expect([0, 1, 2, 3, 8, 9, 15].map((index) => list.bitmap.get(index))).toEqual([1, 0, 0, 1, 1, 1, 1]);
    expect(list.bitmap.get(16)).toBeUndefined();
  });

  it('writes the example array in the example form', async () => {
    const map = await encodeStatusList(new StatusBitmap(1, hex('b9a3')));
    expect(unwrap(decodeStatusList(map)).bytes).toEqual(hex('b9a3'));
    expect(isCborMap(map) && map.get('bits')).toBe(1);
  });
});

describe('bitmaps', () => {
  it('keep every status where it was put', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(1, 2, 4, 8),
        fc.array(fc.tuple(fc.nat({ max: 99 }), fc.nat({ max: 255 })), { maxLength: 40 }),
        (bits, puts) => {
          const bitmap = StatusBitmap.empty(bits as 1, 100);
          const plain = new Array<number>(100).fill(0);
          for (const [index, status] of puts) {
            const value = status & ((1 << bits) - 1);
            bitmap.set(index, value);
            plain[index] = value;
          }
          expect(plain.map((_, index) => bitmap.get(index))).toEqual(plain);
        },
      ),
    );
    const bitmap = StatusBitmap.empty(2, 4);
    expect(() => bitmap.set(4, 1)).toThrow(RangeError);
    expect(() => bitmap.set(0, 4)).toThrow(RangeError);
    expect(bitmap.get(4)).toBeUndefined();
  });
});

describe('status list tokens', async () => {
  const world = await makeWorld();
  const bitmap = StatusBitmap.empty(2, 1 << 12);
  bitmap.set(77, 1);
  bitmap.set(78, 2);
  const list: StatusList = { uri: STATUS_URI, issuedAt: at(-10), expiresAt: at(DAY), ttlSeconds: 900, bitmap };
  const expected = { trust: world.trust, ed25519: world.inputs.ed25519, now: NOW, uri: STATUS_URI };

  it('come back, signed by a key for statuses', async () => {
    const taken = unwrap(await verifyStatusList(await signStatusList(list, world.issuer.signer), expected));
    expect([77, 78, 79].map((index) => taken.bitmap.get(index))).toEqual([1, 2, 0]);
    expect({ ...taken, bitmap: undefined }).toEqual({ ...list, bitmap: undefined });
  });

  it('are refused by strangers, for another address, from the future, changed', async () => {
    const token = await signStatusList(list, world.issuer.signer);
    const stranger = await authority();
    const byStranger = await signStatusList(list, stranger.signer);
    expect(reasonOf(await verifyStatusList(byStranger, expected))).toBe('status_list_issuer_unknown');
    const forged = await signStatusList(list, { ...stranger.signer, kid: world.issuer.signer.kid });
    expect(reasonOf(await verifyStatusList(forged, expected))).toBe('status_list_signature');
    const elsewhere = { ...expected, uri: 'https://id.example/status/2' };
    expect(reasonOf(await verifyStatusList(token, elsewhere))).toBe('status_list_uri');
    const future = await signStatusList({ ...list, issuedAt: at(301) }, world.issuer.signer);
    expect(reasonOf(await verifyStatusList(future, expected))).toBe('status_list_from_future');
    for (let i = 0; i < token.length; i++) {
      const changed = token.map((byte, j) => (j === i ? byte ^ 1 : byte));
      expect((await verifyStatusList(changed, expected)).ok, `byte ${i}`).toBe(false);
    }
  });

  it('need a key with the purpose, usable then and never compromised', async () => {
    for (const changes of [
      { purposes: ['credential'] as const },
      { signUntil: at(-11) },
      { usableFrom: at(0) },
      { state: 'compromised', compromisedAt: at(100) } as const,
    ]) {
      const other = await makeWorld(changes);
      const token = await signStatusList(list, other.issuer.signer);
      expect(reasonOf(await verifyStatusList(token, { ...expected, trust: other.trust }))).toBe(
        'status_list_issuer_unknown',
      );
    }
  });

  it('refuse other types, shapes and bombs', async () => {
    const by = world.issuer.signer;
    const claims = (entries: [number, CborValue][]) => encodeCbor(new Map(entries));
    const lst = (bytes: Uint8Array, bits = 1) =>
      new Map<string, CborValue>([
        ['bits', bits],
        ['lst', bytes],
      ]);
    const typed = (payload: Uint8Array, typ = STATUS_LIST_TYPE) => signSign1(payload, by, { typ });
    const whole = claims([
      [2, STATUS_URI],
      [6, 1],
      [65533, lst(zlibStored(hex('00')))],
    ]);
    expect(reasonOf(decodeStatusListToken(await typed(whole, 'application/jwt')))).toBe('status_list_type');
    expect(decodeStatusListToken(await typed(whole)).ok).toBe(true);
    const refused: readonly (readonly [[number, CborValue][], string])[] = [
      [
        [
          [6, 1],
          [65533, lst(zlibStored(hex('00')))],
        ],
        'status_list_shape',
      ],
      [
        [
          [2, STATUS_URI],
          [65533, lst(zlibStored(hex('00')))],
        ],
        'status_list_shape',
      ],
      [
        [
          [2, STATUS_URI],
          [6, 1],
          [4, 'x'],
          [65533, lst(zlibStored(hex('00')))],
        ],
        'status_list_shape',
      ],
      [
        [
          [2, STATUS_URI],
          [6, 1],
          [65534, 0],
          [65533, lst(zlibStored(hex('00')))],
        ],
        'status_list_shape',
      ],
      [
        [
          [2, STATUS_URI],
          [6, 1],
        ],
        'status_list_shape',
      ],
      [
        [
          [2, STATUS_URI],
          [6, 1],
          [65533, lst(zlibStored(hex('00')), 3)],
        ],
        'status_list_shape',
      ],
      [
        [
          [2, STATUS_URI],
          [6, 1],
          [65533, lst(hex('00'))],
        ],
        'zlib_truncated',
      ],
    ];
    for (const [entries, reason] of refused) {
      expect(reasonOf(decodeStatusListToken(await typed(claims(entries))))).toBe(reason);
    }
    const bomb = await encodeStatusList(StatusBitmap.empty(1, (1 << 28) + 8));
    expect(reasonOf(decodeStatusList(bomb))).toBe('zlib_too_long');
  });

  it('are signed again as they were packed, for their own address only', async () => {
    const token = await signStatusList(list, world.issuer.signer);
    const dates = { uri: STATUS_URI, issuedAt: at(-1), expiresAt: at(DAY), ttlSeconds: 60 };
    const again = await signAgain(token, dates, world.issuer.signer);
    expect(unwrap(await verifyStatusList(again ?? new Uint8Array(), expected))).toEqual({
      ...dates,
      bitmap: list.bitmap,
    });
    expect(await signAgain(token, { ...dates, uri: `${STATUS_URI}1` }, world.issuer.signer)).toBeUndefined();
    expect(await signAgain(token.subarray(1), dates, world.issuer.signer)).toBeUndefined();
  });

  it('fill one chunk of 2^20 indices in a megabyte at most', async () => {
    const chunk = StatusBitmap.empty(1, CHUNK_LENGTH);
    const token = await signStatusList({ ...list, bitmap: chunk }, world.issuer.signer);
    expect(token.length).toBeLessThan(500);
    expect(unwrap(await verifyStatusList(token, expected)).bitmap.length).toBe(CHUNK_LENGTH);
  });
});

describe('status sources', () => {
  const list = (issuedAt: number, status: number): StatusList => {
    const bitmap = StatusBitmap.empty(1, 8);
    bitmap.set(3, status);
    return { uri: STATUS_URI, issuedAt: at(issuedAt), expiresAt: undefined, ttlSeconds: undefined, bitmap };
  };

  it('keep the newer list of an address', () => {
    const lists = new StatusLists();
    expect(lists.put(list(-10, 1))).toBe(true);
    expect(lists.put(list(-20, 0))).toBe(false);
    expect(lists.find(STATUS_URI, 3)?.status).toBe(1);
    expect(lists.put(list(-5, 0))).toBe(true);
    expect(lists.find(STATUS_URI, 3)?.status).toBe(0);
    expect(lists.find(STATUS_URI, 8)).toBeUndefined();
    expect(lists.find('https://other.example/1', 3)).toBeUndefined();
  });

  it('find an index of any chunk in the whole list, by the address that chunkReference gives and no other', () => {
    const bitmap = StatusBitmap.empty(1, 3 * CHUNK_LENGTH);
    const index = 2 * CHUNK_LENGTH + 5;
    bitmap.set(index, 1);
    const uri = 'https://id.example/s';
    const lists = new StatusLists();
    lists.put({ uri, issuedAt: at(0), expiresAt: undefined, ttlSeconds: undefined, bitmap });
    const reference = chunkReference(uri, index);
    expect(reference).toEqual({ uri: `${uri}2`, index: 5 });
    expect(lists.find(reference.uri, reference.index)?.status).toBe(1);
    expect(lists.find(uri, index)?.status).toBe(1);
    expect(wholeIndex(uri, reference)).toBe(index);
    expect(wholeIndex(uri, { uri, index })).toBe(index);
    for (const other of [`${uri}02`, `${uri}3`, `${uri}2x`, `${uri}/2`]) {
      expect(lists.find(other, 5), other).toBeUndefined();
    }
    expect(lists.find(`${uri}1`, CHUNK_LENGTH + 5)).toBeUndefined();
    expect(wholeIndex(uri, { uri: 'https://x.example/s2', index: 5 })).toBeUndefined();
  });

  it('find an index of any chunk in one national bitmap', () => {
    const bitmap = StatusBitmap.empty(1, 3 * CHUNK_LENGTH);
    bitmap.set(2 * CHUNK_LENGTH + 5, 1);
    const source = nationalStatus({ baseUri: 'https://id.example/s/', bitmap, issuedAt: at(0), expiresAt: undefined });
    expect(source.find('https://id.example/s/2', 5)?.status).toBe(1);
    expect(source.find('https://id.example/s/1', 5)?.status).toBe(0);
    // The whole space stands at the address without a number.
    expect(source.find('https://id.example/s/', 2 * CHUNK_LENGTH + 5)?.status).toBe(1);
    for (const uri of ['https://id.example/s/02', 'https://id.example/s/2x', 'https://x/2', 'https://id.example/s/3']) {
      expect(source.find(uri, 5), uri).toBeUndefined();
    }
    expect(source.find('https://id.example/s/1', CHUNK_LENGTH + 5)).toBeUndefined();
  });
});
