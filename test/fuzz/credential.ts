// Properties of the codecs, lists and texts under a credential, for the tests and for long runs.
import fc from 'fast-check';
import { decodeBase45, encodeBase45 } from '../../shared/bytes/base45.ts';
import { decodeBase64Url, encodeBase64Url } from '../../shared/bytes/base64url.ts';
import { concatBytes } from '../../shared/bytes/concat.ts';
import { equalBytes } from '../../shared/bytes/equal.ts';
import { inflateZlib } from '../../shared/bytes/inflate.ts';
import { decodeUtf8 } from '../../shared/bytes/text.ts';
import { zlibStored } from '../../shared/bytes/zlib-stored.ts';
import { decodeCbor } from '../../shared/cbor/decode.ts';
import { encodeCbor } from '../../shared/cbor/encode.ts';
import type { CborValue } from '../../shared/cbor/value.ts';
import { decodeSign } from '../../shared/cose/sign.ts';
import { decodeSign1, ed25519Signer } from '../../shared/cose/sign1.ts';
import { issueBound } from '../../shared/credential/bound.ts';
import { decodeCredential } from '../../shared/credential/decode.ts';
import { decodeCredentialPayload, decodeTokenPayload } from '../../shared/credential/payload.ts';
import { showCredential } from '../../shared/credential/token.ts';
import { verifyCredential } from '../../shared/credential/verify.ts';
import { generateEd25519 } from '../../shared/crypto/ed25519.ts';
import { decodeGolomb } from '../../shared/trust/golomb.ts';
import { decodeStatusListToken } from '../../shared/trust/status-list.ts';
import { at, DAY, ISSUER, issueS, makeWorld, NOW, PERSON, STATUS_URI } from '../shared/credential/world.ts';

type Target = { readonly name: string; readonly property: fc.IRawProperty<unknown> };

function target<T>(name: string, arbitrary: fc.Arbitrary<T>, holds: (value: T) => boolean): Target {
  return { name, property: fc.property(arbitrary, holds) as fc.IRawProperty<unknown> };
}

const bytes = fc.uint8Array({ maxLength: 300 });
const alphabet = [...'0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:'];
const base45Text = fc.string({ unit: fc.constantFrom(...alphabet), maxLength: 400 });
const anyText = fc.oneof(
  base45Text,
  fc.string({ maxLength: 200 }),
  base45Text.map((text) => `TWQ1:${text}`),
);

/** Random bytes that a decoder of CBOR finds interesting: heads of every kind, nested. */
const cborish = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        0x00,
        0x18,
        0x1b,
        0x20,
        0x40,
        0x43,
        0x58,
        0x5f,
        0x61,
        0x7f,
        0x80,
        0x82,
        0x84,
        0x9b,
        0xa0,
        0xa1,
        0xa2,
        0xbf,
        0xd2,
        0xd8,
        0xf4,
        0xf6,
        0xf9,
        0xff,
      ),
      fc.nat({ max: 255 }),
    ),
    { maxLength: 60 },
  )
  .map((items) => Uint8Array.from(items));

const { cborValue } = fc.letrec<{ cborValue: CborValue }>((tie) => ({
  cborValue: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.maxSafeInteger(),
    fc.bigInt({ min: 2n ** 53n, max: 2n ** 64n - 1n }),
    fc.bigInt({ min: -(2n ** 64n), max: -(2n ** 53n) }),
    fc.string({ maxLength: 30, unit: 'grapheme' }).filter((text) => text.isWellFormed()),
    fc.uint8Array({ maxLength: 40 }),
    fc.constantFrom<CborValue>(true, false, null, undefined, { simple: 16 }, { simple: 255 }),
    fc.array(tie('cborValue'), { maxLength: 4 }),
    fc
      .array(fc.tuple(fc.oneof(fc.integer(), fc.string({ maxLength: 5 })), tie('cborValue')), { maxLength: 4 })
      .map((entries) => new Map(entries)),
    fc.record({ tag: fc.nat(), value: tie('cborValue') }),
  ),
}));

const limits = { maxBytes: 1 << 20, maxDepth: 64 };

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
function asThePlatform(b: Uint8Array): string | undefined {
  try {
    return strictUtf8.decode(b);
  } catch {
    return undefined;
  }
}
/** Texts of many alphabets, cut anywhere, with bytes that begin, continue or break a character between them. */
const utf8ish = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary', maxLength: 12 }).map((text) => new TextEncoder().encode(text)),
      fc.constantFrom('abcdefgh', 'نورة', 'é').map((text) => new TextEncoder().encode(text)),
      fc
        .constantFrom(0x41, 0x80, 0xbf, 0xc0, 0xc1, 0xc2, 0xd9, 0xdf, 0xe0, 0xed, 0xf4, 0xff)
        .map((b) => Uint8Array.of(b)),
    ),
    { maxLength: 8 },
  )
  .chain((parts) => {
    const whole = concatBytes(...parts);
    return fc.nat({ max: 3 }).map((cut) => whole.subarray(0, Math.max(0, whole.length - cut)));
  });

export const bytesTargets: readonly Target[] = [
  target('base45: what is encoded comes back', bytes, (b) => {
    const back = decodeBase45(encodeBase45(b));
    return back.ok && equalBytes(back.value, b);
  }),
  target('base45: a text is accepted only if it is the one spelling', anyText, (text) => {
    const decoded = decodeBase45(text);
    return !decoded.ok || encodeBase45(decoded.value) === text;
  }),
  target(
    'base64url: a text is accepted only if it is the one spelling',
    fc.oneof(
      fc.string(),
      fc.base64String().map((t) => t.replace(/=/g, '')),
    ),
    (text) => {
      const decoded = decodeBase64Url(text);
      return !decoded.ok || encodeBase64Url(decoded.value) === text;
    },
  ),
  target('utf-8: bytes are read as the platform reads them, or refused with it', utf8ish, (b) => {
    const decoded = decodeUtf8(b);
    return (decoded.ok ? decoded.value : undefined) === asThePlatform(b);
  }),
  target('zlib: a stored form comes back and no other length does', bytes, (b) => {
    const packed = zlibStored(b);
    const back = inflateZlib(packed, { maxBytes: 300 });
    return back.ok && equalBytes(back.value, b) && !inflateZlib(packed.subarray(1), { maxBytes: 300 }).ok;
  }),
  target('zlib: random streams end within the limit', fc.uint8Array({ maxLength: 400 }), (b) => {
    const stream = new Uint8Array(b.length + 2);
    stream.set([0x78, 0x9c]);
    stream.set(b, 2);
    const result = inflateZlib(stream, { maxBytes: 1000 });
    return !result.ok || result.value.length <= 1000;
  }),
];

export const cborTargets: readonly Target[] = [
  target('cbor: a value comes back from its deterministic form', cborValue, (value) => {
    const encoded = encodeCbor(value);
    const back = decodeCbor(encoded, { ...limits, deterministic: true });
    return back.ok && equalBytes(encodeCbor(back.value), encoded);
  }),
  target(
    'cbor: bytes are accepted as deterministic only if they are the one spelling',
    fc.oneof(cborish, bytes),
    (b) => {
      const decoded = decodeCbor(b, { deterministic: true });
      return !decoded.ok || equalBytes(encodeCbor(decoded.value), b);
    },
  ),
  target('cbor: tolerant decoding of anything ends', fc.oneof(cborish, bytes), (b) => {
    const decoded = decodeCbor(b, { tolerant: true });
    return decoded.ok || decoded.error.offset <= b.length;
  }),
];

/** Like a COSE message, some parts random. */
const coseish = fc
  .record({
    tag: fc.constantFrom(18, 98, 17),
    body: fc.oneof(bytes, fc.constant(encodeCbor(new Map([[1, -8]]))), cborish),
    unprotected: fc.oneof(fc.constant(new Map<number, CborValue>()), fc.constant(new Map<number, CborValue>([[4, 1]]))),
    payload: fc.oneof(bytes, cborValue.map(encodeCbor)),
    end: fc.oneof(bytes, fc.uint8Array({ minLength: 64, maxLength: 64 }), cborValue),
  })
  .map(({ tag, body, unprotected, payload, end }) => encodeCbor({ tag, value: [body, unprotected, payload, end] }));

const refusedOrNot = (result: { readonly ok: boolean }) => typeof result.ok === 'boolean';

export const coseTargets: readonly Target[] = [
  target('cose: anything like a Sign1 is decoded or refused', fc.oneof(coseish, cborish), (b) =>
    refusedOrNot(decodeSign1(b)),
  ),
  target('cose: anything like a Sign is decoded or refused', fc.oneof(coseish, cborish), (b) =>
    refusedOrNot(decodeSign(b)),
  ),
  target('status list: any token is decoded or refused', fc.oneof(coseish, cborish), (b) =>
    refusedOrNot(decodeStatusListToken(b)),
  ),
];

export const credentialTargets: readonly Target[] = [
  target('credential: any text is decoded or refused', anyText, (text) => refusedOrNot(decodeCredential(text))),
  target('credential: any inside of a static code is decoded or refused', fc.oneof(coseish, cborish, bytes), (b) => {
    return refusedOrNot(decodeCredential(encodeBase45(zlibStored(b))));
  }),
  target('credential: any inside of a token code is decoded or refused', fc.oneof(coseish, cborish, bytes), (b) => {
    return refusedOrNot(decodeCredential(`TWQ1:${encodeBase45(b)}`));
  }),
  target('credential: any payload is decoded or refused', fc.oneof(cborish, cborValue.map(encodeCbor)), (b) => {
    return refusedOrNot(decodeCredentialPayload(b, 4096)) && refusedOrNot(decodeTokenPayload(b));
  }),
];

export const credentialCodecTargets: readonly Target[] = [
  ...bytesTargets,
  ...cborTargets,
  ...coseTargets,
  ...credentialTargets,
];

const golombTarget = target(
  'golomb: any bytes end, ascending and inside the list',
  fc.tuple(bytes, fc.nat({ max: 900 }), fc.integer({ min: 0, max: 2 ** 30 + 1 })),
  ([b, count, divisor]) => {
    let last = -1;
    let ordered = true;
    decodeGolomb(b, count, divisor, 5000, (index) => {
      ordered &&= index > last && index < 5000;
      last = index;
    });
    return ordered;
  },
);

/** Whole verifications of random texts and of damaged real ones, of every profile: none is accepted unless it is untouched. */
export async function verificationTargets(): Promise<
  readonly { name: string; property: fc.IRawProperty<unknown, boolean> }[]
> {
  const world = await makeWorld();
  const pair = await generateEd25519({ extractable: false });
  const request = {
    claims: PERSON,
    issuer: ISSUER,
    subject: 'a1',
    holderKey: { curve: 'Ed25519', x: pair.publicRaw } as const,
    status: { index: 9, uri: STATUS_URI },
    issuedAt: at(-DAY),
    expiresAt: at(DAY),
  };
  const bound = await issueBound(request, world.issuer.signer);
  if (!bound.ok) throw new Error(bound.error.reason);
  const real = [
    (await issueS(world)).text,
    await showCredential({ cose: bound.value.cose, now: NOW }, ed25519Signer(pair.privateKey)),
  ];
  const change = fc.record({ at: fc.nat(), to: fc.constantFrom(...alphabet) });
  const damaged = fc
    .tuple(fc.constantFrom(...real), fc.array(change, { minLength: 1, maxLength: 3 }))
    .map(([text, changes]) => {
      const characters = [...text];
      for (const { at, to } of changes) characters[at % characters.length] = to;
      return characters.join('');
    });
  const property = fc.asyncProperty(fc.oneof(anyText, damaged), async (text) => {
    const { verdict, claims } = await verifyCredential(text, { ...world.inputs, replay: { firstShowing: () => true } });
    if (real.includes(text)) return verdict.outcome === 'accepted';
    return verdict.outcome === 'rejected' && claims === undefined;
  });
  return [
    { name: 'credential: no random or damaged text verifies', property: property as fc.IRawProperty<unknown, boolean> },
  ];
}

export const credentialFuzzTargets = [
  ...credentialCodecTargets,
  golombTarget,
  ...(await verificationTargets()),
] as const;
