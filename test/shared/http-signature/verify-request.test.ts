// What a signed request must be, reason by reason, and that no text makes the verifier throw or believe.
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { type EpochSeconds, epochSeconds } from '../../../shared/base/brands.ts';
import { encodeUtf8 } from '../../../shared/bytes/text.ts';
import { type Ed25519KeyPair, generateEd25519, signEd25519, webEd25519 } from '../../../shared/crypto/ed25519.ts';
import { contentDigest } from '../../../shared/http-signature/content-digest.ts';
import { signRequest } from '../../../shared/http-signature/sign-request.ts';
import { type RequestToVerify, verifyRequest } from '../../../shared/http-signature/verify-request.ts';
import { httpSignatureTargets } from '../../fuzz/http-signature.ts';

const now = epochSeconds(1_800_000_000);
const url = 'https://edge.example/v1/activations?x=1';
const body = encodeUtf8('{"a":1}');
const nonce = 'AAAAAAAAAAAAAAAAAAAAAA';
let pair: Ed25519KeyPair;
let other: Ed25519KeyPair;

beforeAll(async () => {
  pair = await generateEd25519({ extractable: false });
  other = await generateEd25519({ extractable: false });
});

type Wish = { created?: EpochSeconds; tag?: string; keyid?: string; nonce?: string; body?: Uint8Array; by?: 'other' };

async function signed(wish: Wish = {}): Promise<Record<string, string>> {
  return {
    ...(await signRequest(
      { method: 'POST', url, body: wish.body ?? body },
      {
        keyid: wish.keyid ?? 'kiosk-1',
        created: wish.created ?? now,
        nonce: wish.nonce ?? nonce,
        tag: wish.tag ?? 'ours',
        sign: (message) => signEd25519((wish.by ? other : pair).privateKey, message),
      },
    )),
  };
}

function verify(headers: Record<string, string>, change: Partial<RequestToVerify> = {}) {
  return verifyRequest(
    { method: 'POST', url, body, headers: { get: (name) => headers[name] }, ...change },
    {
      publicKeyOf: (keyid) => (keyid === 'kiosk-1' ? pair.publicRaw : undefined),
      now,
      maxSkewSeconds: 120,
      tag: 'ours',
      requiredComponents: ['@method', '@target-uri', 'content-digest'],
      ed25519: webEd25519,
    },
  );
}

const refused = (reason: string) => ({ ok: false, error: { reason } });

describe('a signed request', () => {
  it('is accepted as it was signed, and says who, when and with which nonce', async () => {
    expect(await verify(await signed())).toEqual({ ok: true, value: { keyid: 'kiosk-1', created: now, nonce } });
  });

  it('without a body covers no digest and is accepted', async () => {
    const headers = await signed({ body: new Uint8Array() });
    expect(headers['content-digest']).toBeUndefined();
    expect(await verify(headers, { body: new Uint8Array() })).toMatchObject({ ok: true });
  });

  it('is found among the signatures of others', async () => {
    const headers = await signed();
    const more = {
      ...headers,
      'signature-input': `proxy=("@method");keyid="p";tag="theirs", ${headers['signature-input']}`,
      signature: `proxy=:AAAA:, ${headers.signature}`,
    };
    expect(await verify(more)).toMatchObject({ ok: true });
  });

  it('keeps a signature over the same text however its parameters are spaced', async () => {
    const headers = await signed();
    const spaced = headers['signature-input']?.replaceAll(';', '; ').replace('("@method"', '(  "@method"') ?? '';
    expect(await verify({ ...headers, 'signature-input': spaced })).toMatchObject({ ok: true });
  });

  it('is refused when either field is absent', async () => {
    const { signature, ...rest } = await signed();
    expect(signature).toBeDefined();
    expect(await verify(rest)).toEqual(refused('signature_missing'));
    expect(await verify({})).toEqual(refused('signature_missing'));
  });

  it('is refused when a field does not parse, is too long, or lacks a parameter', async () => {
    const headers = await signed();
    const input = headers['signature-input'] ?? '';
    const broken = [
      '((',
      `${input}, ${input.replace('sig=', 'again=')}`,
      input.replace(/;nonce="[^"]*"/, ''),
      input.replace(/;nonce="[^"]*"/, ';nonce="short"'),
      input.replace(/;keyid="[^"]*"/, ''),
      input.replace(/;created=\d+/, ''),
      input.replace(/;created=\d+/, ';created=-5'),
      input.replace('ed25519', 'hmac-sha256'),
      input.replace(/\(.*\)/, '"not a list"'),
      `${input}, a=1, b=2, c=3, d=4`,
      input + ' '.repeat(5000),
    ];
    for (const text of broken) {
      expect(await verify({ ...headers, 'signature-input': text }), text.slice(0, 80)).toEqual(
        refused('signature_malformed'),
      );
    }
    expect(await verify({ ...headers, signature: 'sig=:AAAA:' })).toEqual(refused('signature_malformed'));
    expect(await verify({ ...headers, signature: 'sig="text"' })).toEqual(refused('signature_malformed'));
    expect(await verify({ ...headers, 'content-digest': '((' })).toEqual(refused('signature_malformed'));
    expect(await verify({ ...headers, 'content-digest': 'sha-256=1' })).toEqual(refused('signature_malformed'));
  });

  it('made under another tag, or none, is of no use here', async () => {
    expect(await verify(await signed({ tag: 'theirs' }))).toEqual(refused('tag_wrong'));
    const headers = await signed();
    const bare = headers['signature-input']?.replace(/;tag="[^"]*"/, '') ?? '';
    expect(await verify({ ...headers, 'signature-input': bare })).toEqual(refused('tag_wrong'));
  });

  it('is refused when it is older or newer than the window, or expired by its own word', async () => {
    for (const skew of [-121, 121]) {
      const headers = await signed({ created: epochSeconds(now + skew) });
      expect(await verify(headers)).toEqual(refused('created_out_of_window'));
    }
    for (const skew of [-120, 120]) {
      expect(await verify(await signed({ created: epochSeconds(now + skew) }))).toMatchObject({ ok: true });
    }
    const headers = await signed();
    const expired = `${headers['signature-input']};expires=${now - 1}`;
    expect(await verify({ ...headers, 'signature-input': expired })).toEqual(refused('created_out_of_window'));
  });

  it('is refused when a required component is not covered, or a covered one is absent', async () => {
    const headers = await signed();
    const input = headers['signature-input'] ?? '';
    for (const text of [
      input.replace('"@method" ', ''),
      input.replace(' "content-digest"', ''),
      input.replace('"@method"', '"@method";req'),
      input.replace('"@method"', '"@method" "@method"'),
      input.replace('"@method"', '"@method" "date"'),
      input.replace('"@method"', '"@method" "@unknown"'),
      input.replace('"@method"', '"@method" "@query-param";name="nowhere"'),
    ]) {
      expect(await verify({ ...headers, 'signature-input': text }), text).toEqual(refused('component_missing'));
    }
  });

  it('with another body is refused, also when the digest is taken along', async () => {
    const headers = await signed();
    const changed = encodeUtf8('{"a":2}');
    expect(await verify(headers, { body: changed })).toEqual(refused('digest_mismatch'));
    const repaired = { ...headers, 'content-digest': await contentDigest(changed) };
    expect(await verify(repaired, { body: changed })).toEqual(refused('signature_wrong'));
    expect(await verify({ ...headers, 'content-digest': 'sha-512=:AAAA:' })).toEqual(refused('digest_mismatch'));
  });

  it('by a key that nobody knows, by another key, or for another target is refused', async () => {
    expect(await verify(await signed({ keyid: 'kiosk-2' }))).toEqual(refused('key_unknown'));
    expect(await verify(await signed({ by: 'other' }))).toEqual(refused('signature_wrong'));
    expect(await verify(await signed(), { method: 'PUT' })).toEqual(refused('signature_wrong'));
    expect(await verify(await signed(), { url: url.replace('x=1', 'x=2') })).toEqual(refused('signature_wrong'));
    expect(await verify(await signed(), { url: url.replace('edge', 'staging') })).toEqual(refused('signature_wrong'));
  });

  it('with any single parameter changed is refused', async () => {
    const headers = await signed();
    const input = headers['signature-input'] ?? '';
    for (const text of [
      input.replace(nonce, `B${nonce.slice(1)}`),
      input.replace(`created=${now}`, `created=${now + 1}`),
      input.replace('"@method" "@target-uri"', '"@target-uri" "@method"'),
      `${input};expires=${now + 60}`,
    ]) {
      expect(await verify({ ...headers, 'signature-input': text }), text).toEqual(refused('signature_wrong'));
    }
  });
});

describe('any text', () => {
  for (const { name, property } of httpSignatureTargets) {
    it(`${name}: refused with a reason, never believed and never thrown`, async () => {
      await fc.assert(property as fc.IAsyncProperty<unknown>, { numRuns: 10_000 });
    });
  }
});
