import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeBase45, encodeBase45 } from '../../../shared/bytes/base45.ts';
import { inflateZlib } from '../../../shared/bytes/inflate.ts';
import { zlibStored } from '../../../shared/bytes/zlib-stored.ts';
import { decodeCbor } from '../../../shared/cbor/decode.ts';
import { encodeCbor } from '../../../shared/cbor/encode.ts';
import type { CborValue } from '../../../shared/cbor/value.ts';
import { HEADER } from '../../../shared/cose/header.ts';
import { type CoseKey, coseKeyMap } from '../../../shared/cose/key.ts';
import { ed25519Signer, es256Signer, type Signer, signSign1 } from '../../../shared/cose/sign1.ts';
import { issueAgePass, issueBound } from '../../../shared/credential/bound.ts';
import { CHECK_NAMES, type CheckName } from '../../../shared/credential/checks/table.ts';
import type { VerifyInputs } from '../../../shared/credential/checks/work.ts';
import { encodeClaims } from '../../../shared/credential/claims.ts';
import { MAX_TEXT_LENGTH } from '../../../shared/credential/decode.ts';
import { replayMemory } from '../../../shared/credential/replay.ts';
import { showCredential } from '../../../shared/credential/token.ts';
import type { Verification } from '../../../shared/credential/verdict.ts';
import { verifyCredential } from '../../../shared/credential/verify.ts';
import { generateEd25519, nobleEd25519, webEd25519 } from '../../../shared/crypto/ed25519.ts';
import { generateP256 } from '../../../shared/crypto/p256.ts';
import { trustView } from '../../../shared/trust/trust-view.ts';
import { credentialTargets } from '../../fuzz/credential.ts';
import { unwrap } from '../bytes/vector.ts';
import { at, authority, CONTENT, DAY, ISSUER, issueS, makeWorld, NOW, noiseFace, PERSON, STATUS_URI } from './world.ts';

const world = await makeWorld();
const s = await issueS(world, { claims: { ...PERSON, face: noiseFace(40) } });

// The holder: an Ed25519 and a P-256 key, credentials bound to each, an age pass.
const edPair = await generateEd25519({ extractable: false });
const edKey: CoseKey = { curve: 'Ed25519', x: edPair.publicRaw };
const ecPair = await generateP256({ extractable: false });
const ecKey: CoseKey = { curve: 'P-256', x: ecPair.publicRaw.slice(1, 33), y: ecPair.publicRaw.slice(33) };
const holders: readonly (readonly [string, CoseKey, Signer])[] = [
  ['Ed25519', edKey, ed25519Signer(edPair.privateKey)],
  ['P-256', ecKey, es256Signer(ecPair.privateKey)],
];
const holder = ed25519Signer(edPair.privateKey);

const status = { index: 9, uri: STATUS_URI };
const boundRequest = {
  claims: PERSON,
  issuer: ISSUER,
  subject: 'a1b2c3d4',
  holderKey: edKey,
  status,
  issuedAt: at(-DAY),
  expiresAt: at(90 * DAY),
};
const bound = unwrap(await issueBound(boundRequest, world.issuer.signer));
const passRequest = { ageAtLeast: 18, issuer: ISSUER, holderKey: edKey, issuedAt: at(-DAY), expiresAt: at(6 * DAY) };
const pass = unwrap(await issueAgePass(passRequest, world.issuer.signer));
const challenge = { audience: 'kiosk-0042', cnonce: new Uint8Array(16).fill(5) };

const live = (): VerifyInputs => ({ ...world.inputs, replay: replayMemory() });
const verify = (text: string, changes: Partial<VerifyInputs> = {}) => verifyCredential(text, { ...live(), ...changes });
const frame = (now = NOW, cose = bound.cose, by = holder) => showCredential({ cose, now }, by);

/** The name of the check that failed, with its outcome. */
function failed(verification: Verification): string {
  const { verdict } = verification;
  return verdict.outcome === 'accepted' ? 'accepted' : `${verdict.outcome}:${verdict.check}`;
}

describe('accepting', () => {
  it('takes a static credential as a copy, with its claims and the ages of the lists', async () => {
    const found = await verify(s.text);
    expect(found.verdict).toEqual({ outcome: 'accepted' });
    expect(found.notices).toEqual(['copy_compare_face']);
    expect(found.claims).toEqual({ ...PERSON, face: noiseFace(40) });
    expect(found.ages).toEqual({ trustListSeconds: 3600, statusListSeconds: 600, frameSeconds: null });
    expect(found.credential?.profile).toBe('S');
    expect(found.credential?.hash).toEqual(s.credentialHash);
    expect(found.credential?.statusIndex).toBe(7);
  });

  it.each(holders)('takes a frame and an answer of a holder with an %s key', async (_, holderKey, signer) => {
    const mine = unwrap(await issueBound({ ...boundRequest, holderKey }, world.issuer.signer));
    const found = await verify(await showCredential({ cose: mine.cose, now: at(-4) }, signer));
    expect(failed(found)).toBe('accepted');
    expect(found.notices).toEqual([]);
    expect(found.ages.frameSeconds).toBe(4);
    expect([found.credential?.profile, found.credential?.hash]).toEqual(['D', mine.credentialHash]);
    const answer = await verify(await showCredential({ cose: mine.cose, now: NOW, challenge }, signer), { challenge });
    expect([failed(answer), answer.credential?.profile]).toEqual(['accepted', 'C']);
  });

  it('takes an age pass and tells nothing but the age', async () => {
    const found = await verify(await frame(NOW, pass.cose), { context: 'age' });
    expect([failed(found), found.credential?.profile]).toEqual(['accepted', 'A']);
    expect(found.claims).toEqual({ ageAtLeast: 18 });
    expect(found.credential?.statusIndex).toBeUndefined();
    const answer = await showCredential({ cose: pass.cose, now: NOW, challenge }, holder);
    expect(failed(await verify(answer, { challenge, context: 'age' }))).toBe('accepted');
  });

  it('gives one verdict by every implementation of Ed25519', async () => {
    for (const ed25519 of [webEd25519, nobleEd25519]) {
      const trust = trustView(world.list);
      for (const text of [s.text, s.text, await frame()]) {
        expect(failed(await verify(text, { ed25519, trust }))).toBe('accepted');
      }
      const forged = await issueS(world, {}, { ...(await authority()), signer: await strangerNamedAs() });
      expect(failed(await verify(forged.text, { ed25519, trust }))).toBe('rejected:issuer_signature');
    }
  });

  it('shows each context only what it needs', async () => {
    expect((await verify(s.text, { context: 'gate' })).claims).toEqual({
      nameLatin: PERSON.nameLatin,
      face: noiseFace(40),
    });
    expect((await verify(await frame(), { context: 'age' })).claims).toEqual({ ageAtLeast: 18 });
  });

  it('shows a copy as one in every context, with the face that its holder is compared with', async () => {
    for (const context of ['counter', 'gate', 'age'] as const) {
      const found = await verify(s.text, { context });
      expect([failed(found), found.notices], context).toEqual(['accepted', ['copy_compare_face']]);
      expect(found.claims?.face, context).toEqual(noiseFace(40));
    }
    expect((await verify(s.text, { context: 'age' })).claims).toEqual({ ageAtLeast: 18, face: noiseFace(40) });
  });
});

async function strangerNamedAs(): Promise<Signer> {
  return { ...(await authority()).signer, kid: world.issuer.signer.kid };
}

/** A token around any credential, as a hostile wallet would make it. */
async function token(
  inner: Uint8Array,
  payload: [number, CborValue][],
  by: Signer,
  typ: number | string = 294,
): Promise<string> {
  const header = new Map([[HEADER.kcwt, unwrap(decodeCbor(inner))]]);
  return `TWQ1:${encodeBase45(await signSign1(encodeCbor(new Map(payload)), by, { typ, header }))}`;
}

/** A static credential around any payload, signed by the real issuer. */
async function rawStatic(
  changes: readonly (readonly [number, CborValue | undefined])[],
  by = world.issuer.signer,
): Promise<string> {
  const payload = new Map<number, CborValue>([
    [1, ISSUER],
    [4, at(DAY)],
    [6, at(-DAY)],
    [169, new Map([[4, 'Name']])],
    [
      65535,
      new Map([
        [
          'status_list',
          new Map<string, CborValue>([
            ['idx', 1],
            ['uri', STATUS_URI],
          ]),
        ],
      ]),
    ],
  ]);
  for (const [key, value] of changes) {
    if (value === undefined) payload.delete(key);
    else payload.set(key, value);
  }
  return encodeBase45(zlibStored(await signSign1(encodeCbor(payload), by)));
}

async function inWorld(changes: Parameters<typeof makeWorld>[0], listChanges?: Parameters<typeof makeWorld>[1]) {
  const other = await makeWorld(changes, listChanges);
  return { other, text: (await issueS(other)).text };
}

const withStatus = async (value: number) => {
  const other = await makeWorld();
  other.bitmap.set(7, value);
  return verifyCredential((await issueS(other)).text, other.inputs);
};

type Scene = () => Promise<Verification>;

/** Every check of the table, and how it comes to fail. */
const scenes: Record<CheckName, readonly Scene[]> = {
  usable_in_context: [() => verify(s.text, { context: 'border' })],
  text_within_limits: [() => verify(''), () => verify('A'.repeat(MAX_TEXT_LENGTH + 1))],
  base45_well_formed: [
    () => verify(s.text.toLowerCase()),
    () => verify('A'),
    () => verify(s.text.replace(/[0-9]/, '٣')),
    () => verify('TWQ1:ab'),
  ],
  zlib_well_formed: [
    () => verify(encodeBase45(s.cose)),
    () => verify(encodeBase45(new Uint8Array(deflateSync(new Uint8Array(200_000), { level: 6 })))),
    // The same content, compressed at another level: only one spelling counts.
    () => verify(encodeBase45(new Uint8Array(deflateSync(s.cose, { level: 9 })))),
  ],
  cose_well_formed: [
    () => verify(encodeBase45(zlibStored(new Uint8Array(40)))),
    () => verify(encodeBase45(zlibStored(Uint8Array.of(...s.cose, 0)))),
    () => verify(`TWQ1:${encodeBase45(s.cose.subarray(1))}`),
    // alg confusion: a MAC's number where a signature's should be.
    async () => verify(await rawStatic([], { ...world.issuer.signer, alg: 5 as -8 })),
  ],
  token_well_formed: [
    () => verify(`TWQ1:${encodeBase45(s.cose)}`),
    async () =>
      verify(
        await token(
          bound.cose,
          [
            [3, '*'],
            [6, NOW],
          ],
          holder,
          293,
        ),
      ),
    async () =>
      verify(
        await token(
          bound.cose,
          [
            [3, '*'],
            [6, NOW],
            [1, 'me'],
          ],
          holder,
        ),
      ),
    async () =>
      verify(
        await token(
          bound.cose,
          [
            [3, '*'],
            [6, NOW],
            [2, 'me'],
          ],
          holder,
        ),
      ),
    async () => verify(await token(bound.cose, [[3, '*']], holder)),
    async () => verify(await token(bound.cose, [[6, NOW]], holder)),
    async () =>
      verify(
        await token(
          bound.cose,
          [
            [3, '*'],
            [6, NOW],
            [39, new Uint8Array(7)],
          ],
          holder,
        ),
      ),
    // A static credential inside: it lacks the type of a bound one.
    async () =>
      verify(
        await token(
          s.cose,
          [
            [3, '*'],
            [6, NOW],
          ],
          holder,
        ),
      ),
  ],
  payload_well_formed: [
    async () => verify(await rawStatic([[1, undefined]])),
    async () => verify(await rawStatic([[4, 'soon']])),
    async () => verify(await rawStatic([[5, -1]])),
    async () => verify(await rawStatic([[6, undefined]])),
    async () => verify(await rawStatic([[169, 'name']])),
    async () => verify(await rawStatic([[65535, new Map()]])),
    async () => verify(await rawStatic([[8, new Map([[1, new Map([[1, 1]])]])]])),
    // A holder's key of small order: anybody could sign for it.
    async () => verify(await rawStatic([[8, new Map([[1, coseKeyMap({ curve: 'Ed25519', x: new Uint8Array(32) })]])]])),
  ],
  profile_taken: [() => verify(s.text, { policy: { ...world.inputs.policy, profiles: ['D', 'C'] } })],
  pass_for_age: [
    async () => verify(await frame(NOW, pass.cose)),
    async () => verify(await frame(NOW, pass.cose), { context: 'gate' }),
    async () => verify(await showCredential({ cose: pass.cose, now: NOW, challenge }, holder), { challenge }),
  ],
  bound_only_in_token: [
    // Lifted out of a frame: the issuer's signature is good.
    () => verify(encodeBase45(zlibStored(bound.cose))),
    () => verify(encodeBase45(zlibStored(pass.cose)), { context: 'age' }),
  ],
  token_holds_bound: [
    async () => {
      const identity = unwrap(encodeClaims(PERSON));
      const payload = new Map<number, CborValue>([
        [1, ISSUER],
        [4, at(DAY)],
        [6, at(-DAY)],
        [169, identity],
      ]);
      const unbound = await signSign1(encodeCbor(payload), world.issuer.signer, { typ: 293 });
      return verify(
        await token(
          unbound,
          [
            [3, '*'],
            [6, NOW],
          ],
          holder,
        ),
      );
    },
  ],
  answers_challenge: [
    async () => verify(await frame(), { challenge }),
    () => verify(s.text, { challenge }),
    async () => {
      const other = { ...challenge, cnonce: new Uint8Array(16).fill(6) };
      return verify(await showCredential({ cose: bound.cose, now: NOW, challenge: other }, holder), { challenge });
    },
    async () => {
      const other = { ...challenge, audience: 'kiosk-0043' };
      return verify(await showCredential({ cose: bound.cose, now: NOW, challenge: other }, holder), { challenge });
    },
    // The broadcast audience with the right nonce is still no answer to this verifier.
    async () =>
      verify(
        await token(
          bound.cose,
          [
            [3, '*'],
            [6, NOW],
            [39, challenge.cnonce],
          ],
          holder,
        ),
        { challenge },
      ),
  ],
  for_this_verifier: [
    async () => verify(await showCredential({ cose: bound.cose, now: NOW, challenge }, holder)),
    async () =>
      verify(
        await token(
          bound.cose,
          [
            [3, 'kiosk-0001'],
            [6, NOW],
          ],
          holder,
        ),
      ),
  ],
  issuer_in_fresh_list: [
    async () => {
      const { other } = await inWorld({}, { issuedAt: at(-40 * DAY) });
      return verifyCredential(s.text, other.inputs);
    },
  ],
  issuer_known: [
    async () => verify((await issueS(world, {}, await authority())).text),
    async () =>
      verify((await issueS(world, {}, { ...world.issuer, signer: { ...world.issuer.signer, kid: undefined } })).text),
  ],
  key_for_credentials: [
    async () => {
      const { other, text } = await inWorld({ purposes: ['receipt', 'status'] });
      return verifyCredential(text, other.inputs);
    },
  ],
  issuer_signature: [
    async () => verify((await issueS(world, {}, { ...world.issuer, signer: await strangerNamedAs() })).text),
    // The issuer's key named, and ES256 claimed.
    async () => {
      const p256 = await generateP256({ extractable: false });
      const signer = { ...es256Signer(p256.privateKey), kid: world.issuer.signer.kid };
      return verify((await issueS(world, {}, { ...world.issuer, signer })).text);
    },
    // Swapped payloads: the token's signature is good, the credential inside is put together from two.
    async () => {
      const parts = (cose: Uint8Array) => (unwrap(decodeCbor(cose)) as { value: readonly CborValue[] }).value;
      const [mine, theirs] = [parts(bound.cose), parts(pass.cose)];
      const mixed = { tag: 18, value: [mine[0], new Map(), theirs[2], mine[3]] };
      return verify(
        await token(
          encodeCbor(mixed),
          [
            [3, '*'],
            [6, NOW],
          ],
          holder,
        ),
        { context: 'age' },
      );
    },
  ],
  issuer_named: [async () => verify((await issueS(world, { issuer: 'OTHER' })).text)],
  key_valid_at_issuance: [
    async () => {
      const { other, text } = await inWorld({ signUntil: at(-2 * DAY) });
      return verifyCredential(text, other.inputs);
    },
    async () => {
      const { other, text } = await inWorld({ usableFrom: at(0) });
      return verifyCredential(text, other.inputs);
    },
  ],
  key_accepted_now: [
    async () => {
      const { other, text } = await inWorld({ acceptUntil: at(-1) });
      return verifyCredential(text, other.inputs);
    },
  ],
  key_not_compromised: [
    async () => {
      const { other, text } = await inWorld({ state: 'compromised', compromisedAt: at(-DAY) });
      return verifyCredential(text, other.inputs);
    },
    async () => {
      const { other, text } = await inWorld({ state: 'compromised' });
      return verifyCredential(text, other.inputs);
    },
  ],
  already_valid: [
    async () => verify((await issueS(world, { issuedAt: at(61) })).text),
    async () => verify(await rawStatic([[5, at(61)]])),
  ],
  not_expired: [async () => verify((await issueS(world, { expiresAt: at(0) })).text)],
  holder_signature: [
    async () =>
      verify(await frame(NOW, bound.cose, ed25519Signer((await generateEd25519({ extractable: false })).privateKey))),
    // The wrong kind of key, and the right key under a wrong name.
    async () => verify(await frame(NOW, bound.cose, es256Signer(ecPair.privateKey))),
    async () => verify(await frame(NOW, bound.cose, { ...holder, alg: -7 })),
    async () => {
      const mine = unwrap(await issueBound({ ...boundRequest, holderKey: ecKey }, world.issuer.signer));
      return verify(await frame(NOW, mine.cose, holder));
    },
  ],
  token_within_credential: [
    async () =>
      verify(
        await token(
          bound.cose,
          [
            [3, '*'],
            [6, NOW],
            [4, at(91 * DAY)],
          ],
          holder,
        ),
      ),
    async () =>
      verify(
        await token(
          bound.cose,
          [
            [3, '*'],
            [6, at(-9)],
            [4, NOW],
          ],
          holder,
        ),
      ),
  ],
  frame_fresh: [async () => verify(await frame(at(-31))), async () => verify(await frame(at(16)))],
  revocable: [
    async () => verify(await rawStatic([[65535, undefined]])),
    async () => {
      const long = unwrap(await issueAgePass({ ...passRequest, expiresAt: at(30 * DAY) }, world.issuer.signer));
      return verify(await frame(NOW, long.cose), { context: 'age' });
    },
  ],
  status_list_at_hand: [
    async () => verify((await issueS(world, { statusUri: 'https://id.example/status/2' })).text),
    async () => verify((await issueS(world, { statusIndex: 1_000_000 })).text),
  ],
  not_revoked: [() => withStatus(1), () => withStatus(3)],
  not_suspended: [() => withStatus(2)],
  claims_readable: [
    async () => verify(await rawStatic([[169, new Map([[8, '19900230']])]])),
    // The text around an override reads backwards.
    async () => verify(await rawStatic([[169, new Map([[4, 'Ali \u202e321']])]])),
    // Marks of direction, signs that nobody sees: in names of both directions, and in a number.
    ...[
      'محمد \u200e123',
      'Ali \u200f321',
      'Ali \u061c321',
      'A\u200bli',
      'A\u2060li',
      'A\ufeffli',
      'A\u00adli',
      'A\u200cli',
    ].map((name) => async () => verify(await rawStatic([[169, new Map([[4, name]])]]))),
    async () => verify(await rawStatic([[169, new Map([[1, '10123\u200d45672']])]])),
  ],
  old_enough: [
    async () =>
      verify((await issueS(world, { claims: { ...PERSON, birthDate: '2010-01-01' } })).text, { context: 'age' }),
    async () => verify(await rawStatic([]), { context: 'age' }),
  ],
  copy_has_face: [
    async () => verify((await issueS(world)).text, { context: 'age' }),
    // There is one, but whoever decides does not see it.
    () => verify(s.text, { context: 'age', policy: { ...world.inputs.policy, faceSeen: false } }),
  ],
  issuance_confirmed: [
    async () => {
      const { other, text } = await inWorld({ state: 'compromised', compromisedAt: at(-3600) });
      return verifyCredential(text, other.inputs);
    },
    async () => {
      const { other, text } = await inWorld({ state: 'compromised', compromisedAt: at(-3600) });
      return verifyCredential(text, { ...other.inputs, wasIssued: () => false });
    },
  ],
  lists_agree: [
    () => verify(s.text, { trust: trustView(world.list, [{ list: 'trust', version: 1 }]) }),
    // Before its frame is remembered: once the fork is settled the same code is good.
    async () => {
      const trust = trustView(world.list, [{ list: 'status', signers: ['0102030405060708', '0807060504030201'] }]);
      return verify(await frame(), { trust, replay: replayMemory() });
    },
  ],
  trust_list_fresh: [
    async () => {
      const { other, text } = await inWorld({}, { issuedAt: at(-40 * DAY) });
      return verifyCredential(text, other.inputs);
    },
  ],
  status_list_fresh: [
    () => verify(s.text, { policy: { ...world.inputs.policy, status: { maxAgeSeconds: 599, graceSeconds: 0 } } }),
  ],
  first_showing: [
    async () => {
      const replay = replayMemory();
      const text = await frame();
      await verify(text, { replay });
      return verify(text, { replay, now: at(20) });
    },
    // Without a memory every frame may be a recording.
    async () => verifyCredential(await frame(), world.inputs),
  ],
};

const undecided: readonly CheckName[] = [
  'issuer_in_fresh_list',
  'status_list_at_hand',
  'copy_has_face',
  'issuance_confirmed',
  'lists_agree',
  'trust_list_fresh',
  'status_list_fresh',
];

describe('every check of the table', () => {
  it.each(CHECK_NAMES)('%s', async (name) => {
    const outcome = undecided.includes(name) ? 'undecided' : 'rejected';
    for (const [i, scene] of scenes[name].entries()) {
      const found = await scene();
      expect(failed(found), `scene ${i}`).toBe(`${outcome}:${name}`);
      // A verdict carries no claims, and a rejection shows none.
      expect(JSON.stringify(found.verdict)).not.toContain('Qahtani');
      if (outcome === 'rejected') expect(found.claims).toBeUndefined();
    }
  });

  it('shows nothing from inside before the issuer signature holds', async () => {
    for (const name of CHECK_NAMES.slice(0, CHECK_NAMES.indexOf('issuer_signature') + 1)) {
      for (const scene of scenes[name]) {
        const found = await scene();
        expect(found.credential, name).toBeUndefined();
        expect(found.claims, name).toBeUndefined();
      }
    }
  });
});

describe('the clock and the lists', () => {
  it('lets an answered challenge pass whatever the clock says', async () => {
    const late = await showCredential({ cose: bound.cose, now: at(-3 * 3600), challenge }, holder);
    expect(failed(await verify(late, { challenge }))).toBe('accepted');
  });

  it('reports the skew with a frame that is too old, and says that a clock may be wrong', async () => {
    const found = await verify(await frame(at(-3600)));
    expect(found.ages.frameSeconds).toBe(3600);
    expect(found.notices).toEqual(['clock_may_be_wrong']);
  });

  it('confirms what a compromised key signed before, if the log knows it', async () => {
    const { other, text } = await inWorld({ state: 'compromised', compromisedAt: at(-3600) });
    const found = await verifyCredential(text, { ...other.inputs, wasIssued: async () => true });
    expect(failed(found)).toBe('accepted');
  });

  it('rejects what is revoked, expired or forged also by lists that another one contradicts', async () => {
    const trust = trustView(world.list, [{ list: 'trust', version: 1 }]);
    const expired = await issueS(world, { expiresAt: at(-1) });
    expect(failed(await verify(expired.text, { trust }))).toBe('rejected:not_expired');
    const strangers = await issueS(world, {}, await authority());
    expect(failed(await verify(strangers.text, { trust }))).toBe('rejected:issuer_known');
    world.bitmap.set(9, 1);
    const revoked = await issueS(world, { statusIndex: 9 });
    expect(failed(await verify(revoked.text, { trust }))).toBe('rejected:not_revoked');
    world.bitmap.set(9, 0);
  });

  it('rejects a revoked credential also by a stale list', async () => {
    const other = await makeWorld();
    other.bitmap.set(7, 1);
    const policy = { ...other.inputs.policy, status: { maxAgeSeconds: 1, graceSeconds: 0 } };
    const found = await verifyCredential((await issueS(other)).text, { ...other.inputs, policy });
    expect(failed(found)).toBe('rejected:not_revoked');
    expect(found.ages.statusListSeconds).toBe(600);
  });

  it('reckons eighteen on the civil day of the country', async () => {
    // NOW is 2026-09-21 14:13:20 UTC; eight hours later it is the 22nd in Riyadh and still the 21st in UTC.
    const born22 = await issueS(world, { claims: { ...PERSON, birthDate: '2008-09-22', face: noiseFace(40) } });
    expect(failed(await verify(born22.text, { context: 'age' }))).toBe('rejected:old_enough');
    expect(failed(await verify(born22.text, { context: 'age', now: at(8 * 3600) }))).toBe('accepted');
  });
});

describe('the replay memory', () => {
  it('takes other frames, forgets after its time, and keeps to its capacity', () => {
    const memory = replayMemory(60, 3);
    expect(memory.firstShowing('a', at(0))).toBe(true);
    expect(memory.firstShowing('a', at(60))).toBe(false);
    expect(memory.firstShowing('b', at(60))).toBe(true);
    expect(memory.firstShowing('a', at(61))).toBe(true);
    for (const name of ['c', 'd', 'e']) expect(memory.firstShowing(name, at(62))).toBe(true);
    expect(memory.firstShowing('e', at(62))).toBe(false);
  });
});

describe('mutations', () => {
  const everyByte = async (
    cose: Uint8Array,
    textOf: (bytes: Uint8Array) => string,
    changes: Partial<VerifyInputs> = {},
  ) => {
    for (let i = 0; i < cose.length; i++) {
      for (const flip of [1, 2, 4, 8, 16, 32, 64, 128, 255]) {
        const changed = cose.map((byte, j) => (j === i ? byte ^ flip : byte));
        const found = await verify(textOf(changed), changes);
        expect(found.verdict.outcome, `byte ${i} ^ ${flip}`).toBe('rejected');
        expect(found.claims).toBeUndefined();
      }
    }
  };

  it('no changed bit of the packed bytes of S verifies', async () => {
    await everyByte(zlibStored((await issueS(world)).cose), encodeBase45);
  });

  it('no changed bit inside S verifies when it is packed again', async () => {
    await everyByte((await issueS(world)).cose, (bytes) => encodeBase45(zlibStored(bytes)));
  });

  it('no changed bit of D, C or A verifies', async () => {
    const prefixed = (bytes: Uint8Array) => `TWQ1:${encodeBase45(bytes)}`;
    const bytesOf = (text: string) => unwrap(decodeBase45(text, 5));
    await everyByte(bytesOf(await frame()), prefixed);
    await everyByte(bytesOf(await frame(NOW, pass.cose)), prefixed, { context: 'age' });
    await everyByte(bytesOf(await showCredential({ cose: bound.cose, now: NOW, challenge }, holder)), prefixed, {
      challenge,
    });
  });

  it('no character of a text can be left out, added or exchanged', async () => {
    const { text } = await issueS(world);
    for (let i = 0; i < text.length; i += 3) {
      for (const changed of [text.slice(0, i) + text.slice(i + 1), `${text.slice(0, i)}0${text.slice(i)}`]) {
        expect((await verify(changed)).verdict.outcome).toBe('rejected');
      }
    }
  });
});

describe('sizes', () => {
  it('keeps the texts within what was decided, for the content of the decision', async () => {
    const { claims, index, uri } = CONTENT;
    const copy = await issueS(world, {
      ...{ claims: { ...claims, face: noiseFace(500) } },
      ...{ statusIndex: index, statusUri: uri },
    });
    expect(copy.text.length).toBeLessThanOrEqual(1100);
    for (const [curve, holderKey, signer] of holders) {
      const request = { ...boundRequest, claims, holderKey, status: { index, uri } };
      const { cose } = unwrap(await issueBound(request, world.issuer.signer));
      const answer = await showCredential({ cose, now: NOW, challenge }, signer);
      const age = unwrap(await issueAgePass({ ...passRequest, holderKey }, world.issuer.signer));
      expect((await frame(NOW, cose, signer)).length, curve).toBeLessThanOrEqual(544);
      expect(answer.length, curve).toBeLessThanOrEqual(589);
      expect((await frame(NOW, age.cose, signer)).length, curve).toBeLessThanOrEqual(389);
    }
  });

  it('unpacks to what was signed', () => {
    expect(unwrap(inflateZlib(unwrap(decodeBase45(s.text)), { maxBytes: 65_536 }))).toEqual(s.cose);
  });
});

describe('properties', () => {
  it.each(credentialTargets)('$name', ({ property }) => {
    fc.assert(property as fc.IProperty<unknown>, { numRuns: 10_000 });
  });

  it('verifying any text answers, and never accepts', async () => {
    const text = fc.oneof(
      fc.string(),
      fc.string().map((it) => `TWQ1:${it}`),
      fc.uint8Array().map(encodeBase45),
      fc.uint8Array().map((it) => encodeBase45(zlibStored(it))),
    );
    await fc.assert(
      fc.asyncProperty(text, async (it) => (await verify(it)).verdict.outcome === 'rejected'),
      { numRuns: 5000 },
    );
  });
});
