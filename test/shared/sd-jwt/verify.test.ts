// Every row of the table of checks has a presentation that fails at it and at nothing before it.
import { beforeAll, describe, expect, it } from 'vitest';
import { encodeBase64 } from '../../../shared/bytes/base64.ts';
import { decodeBase64Url, encodeBase64Url } from '../../../shared/bytes/base64url.ts';
import { encodeUtf8 } from '../../../shared/bytes/text.ts';
import { generateP256, signP256 } from '../../../shared/crypto/p256.ts';
import { decodeSdJwt, discloseClaims } from '../../../shared/sd-jwt/decode.ts';
import { digestOf, encodeDisclosure, SD_JWT_VC_TYPE } from '../../../shared/sd-jwt/issue.ts';
import { p256JwkOfRaw } from '../../../shared/sd-jwt/jwk.ts';
import { type JsonObject, signJws } from '../../../shared/sd-jwt/jws.ts';
import { signKeyBinding } from '../../../shared/sd-jwt/present.ts';
import {
  PRESENTATION_CHECKS,
  type PresentationCheck,
  type PresentationInputs,
  verifyPresentation,
} from '../../../shared/sd-jwt/verify.ts';
import { StatusBitmap } from '../../../shared/trust/status-bitmap.ts';
import { StatusLists } from '../../../shared/trust/status-source.ts';
import { reasonOf, unwrap } from '../bytes/vector.ts';
import { aLeaf, anAuthority, aWorld, issuer, now, person, statusUri, type } from './world.ts';

let world: Awaited<ReturnType<typeof aWorld>>;
beforeAll(async () => {
  world = await aWorld();
});

const check = async (text: string, change: Partial<PresentationInputs> = {}) =>
  verifyPresentation(text, { ...world.inputs, ...change });

/** A credential whose issuer's header and payload are as given, with a right key binding. */
async function crafted(header: JsonObject, payload: JsonObject, disclosures: readonly string[] = []): Promise<string> {
  const { leaf, holder, binding } = world;
  const whole = {
    iss: issuer,
    vct: type,
    iat: now - 60,
    exp: now + 60,
    cnf: { jwk: p256JwkOfRaw(holder.publicRaw) },
    status: { status_list: { idx: 7, uri: statusUri } },
    ...payload,
  };
  const jwt = await signJws({ typ: SD_JWT_VC_TYPE, x5c: leaf.signer.x5c, ...header }, whole, leaf.signer.sign);
  const shown = [jwt, ...disclosures, ''].join('~');
  return shown + (await signKeyBinding(shown, binding()));
}

describe('a presentation', () => {
  it('shows what the holder chose and nothing else', async () => {
    const { verdict, claims, hash } = await check(await world.present(['age_over_18']));
    expect(verdict).toEqual({ outcome: 'accepted' });
    expect(hash?.length).toBe(32);
    expect(claims).toMatchObject({ age_over_18: true, vct: type, iss: issuer });
    for (const name of ['name', 'unified_number', 'nationalities', '_sd', '_sd_alg'])
      expect(claims).not.toHaveProperty(name);
  });

  it('does not hold a hidden claim in any form that could be guessed from its text', async () => {
    const text = await world.present(['age_over_18']);
    const opened = atob(text.split('.')[1]?.replaceAll('-', '+').replaceAll('_', '/') ?? '');
    expect(opened).not.toContain(person.unified_number);
    expect(opened).not.toContain(
      digestOf(encodeDisclosure(new Uint8Array(0), 'unified_number', person.unified_number)),
    );
  });

  const refusals: Record<PresentationCheck, () => Promise<readonly [string, Partial<PresentationInputs>?]>> = {
    sd_jwt_readable: async () => [(await world.issue()).text.replace('.', '')],
    type_is_sd_jwt_vc: async () => [await crafted({ typ: 'JWT' }, {})],
    algorithm_allowed: async () => [await crafted({ alg: 'none' }, {})],
    issuer_trusted: async () => [
      await world.present([], {}, (await world.issue({}, (await aLeaf(await anAuthority())).signer)).text),
    ],
    issuer_signature: async () => {
      const thief = await generateP256({ extractable: false });
      const signer = { ...world.leaf.signer, sign: (m: Uint8Array) => signP256(thief.privateKey, m) };
      return [await world.present([], {}, (await world.issue({}, signer)).text)];
    },
    issuer_key_standing: async () => [await world.present([]), { isWithdrawn: () => true }],
    issuer_named: async () => [await world.present([]), { issuer: 'https://other.example' }],
    disclosures_match: async () => {
      const [jwt, ...rest] = (await world.issue()).text.split('~');
      const added = encodeDisclosure(new Uint8Array(16), 'unified_number', '1999999999');
      return [await world.present(['unified_number'], {}, [jwt, added, ...rest].join('~'))];
    },
    type_expected: async () => [await world.present([]), { types: ['urn:example:diploma:1'] }],
    already_valid: async () => [await crafted({}, { iat: now + 3600 })],
    not_expired: async () => [await crafted({}, { exp: now - 3600 })],
    bound_to_a_key: async () => [await crafted({}, { cnf: { kid: 'somewhere' } })],
    key_binding_shown: async () => [(await world.issue()).text],
    holder_signature: async () => {
      const thief = await generateP256({ extractable: false });
      return [await world.present([], { sign: (message) => signP256(thief.privateKey, message) })];
    },
    for_this_verifier: async () => [await world.present([], { audience: 'x509_hash:somebody' })],
    answers_this_request: async () => [await world.present([], { nonce: 'another' })],
    over_what_is_shown: async () => {
      const { text } = await world.issue();
      const bound = (await world.present(['age_over_18'], {}, text)).split('~').at(-1) ?? '';
      return [text + bound];
    },
    binding_fresh: async () => [await world.present([], { issuedAt: now - 3600 })],
    revocable: async () => [await crafted({}, { status: {} })],
    status_list_at_hand: async () => [await world.present([]), { status: new StatusLists() }],
    not_revoked: async () => [
      await world.present([], {}, (await world.issue({ status: { uri: statusUri, index: 8 } })).text),
    ],
    not_suspended: async () => [
      await world.present([], {}, (await world.issue({ status: { uri: statusUri, index: 9 } })).text),
    ],
    status_list_fresh: async () => {
      const old = new StatusLists();
      const bitmap = StatusBitmap.empty(2, 16);
      old.put({
        uri: statusUri,
        issuedAt: (now - 30 * 86_400) as typeof now,
        expiresAt: undefined,
        ttlSeconds: 900,
        bitmap,
      });
      return [await world.present([]), { status: old }];
    },
  };

  it.each(PRESENTATION_CHECKS.map(({ name, outcome }) => [name, outcome] as const))(
    'fails at %s',
    async (name, outcome) => {
      world.bitmap.set(8, 1);
      world.bitmap.set(9, 2);
      const [text, change] = await refusals[name]();
      const { verdict, claims } = await check(text, change);
      expect(verdict).toEqual({ outcome, check: name });
      expect(claims).toBeUndefined();
    },
  );

  it('is refused with an expired, a self-signed, an over-long or a misused chain', async () => {
    const { authority } = world;
    const leaves = {
      expired: await aLeaf(authority, { notAfter: now - 1 }),
      future: await aLeaf(authority, { notBefore: now + 3600 }),
      authorityAsLeaf: await aLeaf(authority, { isAuthority: true }),
    };
    for (const leaf of Object.values(leaves)) {
      const text = await world.present([], {}, (await world.issue({}, leaf.signer)).text);
      expect((await check(text)).verdict).toEqual({ outcome: 'rejected', check: 'issuer_trusted' });
    }
    const self = {
      x5c: [encodeBase64(authority.certificate.der)],
      sign: (m: Uint8Array) => signP256(authority.keys.privateKey, m),
    };
    const selfSigned = await world.present([], {}, (await world.issue({}, self)).text);
    expect((await check(selfSigned)).verdict).toEqual({ outcome: 'rejected', check: 'issuer_trusted' });
    const [leaf = ''] = world.leaf.signer.x5c;
    const long = { ...world.leaf.signer, x5c: [leaf, leaf, leaf, leaf] };
    const tooLong = await world.present([], {}, (await world.issue({}, long)).text);
    expect((await check(tooLong)).verdict).toEqual({ outcome: 'rejected', check: 'issuer_trusted' });
  });

  it('is accepted when the wallet sends the authority along', async () => {
    const { leaf, authority } = world;
    const signer = { ...leaf.signer, x5c: [...leaf.signer.x5c, encodeBase64(authority.certificate.der)] };
    const text = await world.present(['name'], {}, (await world.issue({}, signer)).text);
    expect((await check(text)).verdict).toEqual({ outcome: 'accepted' });
  });

  it('never verifies with one byte changed, wherever it is', async () => {
    const text = await world.present(['age_over_18', 'name']);
    const bytes = encodeUtf8(text);
    // Every 13th place: each kind of part is met several times.
    for (let at = 0; at < bytes.length; at += 13) {
      const changed = bytes.slice();
      changed[at] = (changed[at] as number) === 65 ? 66 : 65;
      const verification = await check(new TextDecoder().decode(changed));
      expect(verification.verdict.outcome, `byte ${at}`).not.toBe('accepted');
    }
  });
});

describe('disclosures', () => {
  const disclosed = async (payload: JsonObject, disclosures: readonly string[]) =>
    discloseClaims(unwrap(decodeSdJwt(await crafted({}, payload, disclosures))));
  const salt = new Uint8Array(16);
  const raw = (value: unknown) => encodeBase64Url(encodeUtf8(JSON.stringify(value)));
  const name = encodeDisclosure(salt, 'name', 'Sarah');

  it.each([
    ['disclosure_malformed', {}, [raw({ not: 'an array' })]],
    ['disclosure_malformed', {}, [raw(['salt', '__proto__', {}])]],
    ['disclosure_malformed', { _sd: [digestOf(raw(['salt', 'element']))] }, [raw(['salt', 'element'])]],
    ['disclosure_malformed', { list: [{ '...': digestOf(name) }] }, [name]],
    ['disclosure_repeated', { _sd: [digestOf(name)] }, [name, name]],
    ['disclosure_unused', {}, [name]],
    ['digest_repeated', { _sd: [digestOf(name), digestOf(name)] }, [name]],
    ['digest_malformed', { _sd: 'x' }, []],
    ['digest_malformed', { _sd: [1] }, []],
    ['digest_malformed', { list: [{ '...': 'x', more: 1 }] }, []],
    ['claim_collides', { _sd: [digestOf(name)], name: 'open' }, [name]],
    ['hash_unknown', { _sd_alg: 'md5' }, []],
    ['disclosure_of_fixed_claim', { _sd: [digestOf(raw(['s', 'nbf', 1]))] }, [raw(['s', 'nbf', 1])]],
  ] as const)('are refused as %s', async (reason, payload, disclosures) => {
    expect(reasonOf(await disclosed(payload, disclosures))).toBe(reason);
  });

  it('are refused as too deep before the stack is', async () => {
    let nested: unknown = 1;
    for (let i = 0; i < 2000; i++) nested = [nested];
    expect(reasonOf(await disclosed({ nested }, []))).toBe('too_deep');
  });

  it('are limited in number and length', async () => {
    const many = `${(await world.issue()).text.split('~')[0]}~${`${name}~`.repeat(65)}`;
    expect(reasonOf(decodeSdJwt(many))).toBe('sd_jwt_shape');
    expect(reasonOf(decodeSdJwt('a'.repeat(65_537)))).toBe('sd_jwt_too_long');
    expect(reasonOf(decodeSdJwt('a.b.c'))).toBe('sd_jwt_shape');
    expect(reasonOf(decodeSdJwt('a.b.c~'))).toBe('jws_shape');
    expect(decodeBase64Url(name).ok).toBe(true);
  });
});
