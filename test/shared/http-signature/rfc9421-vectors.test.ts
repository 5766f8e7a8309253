// RFC 9421, Appendix B: the same base for each case, and the Ed25519 signature byte for byte.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { isInnerList, parseDictionary } from 'structured-headers';
import { describe, expect, it } from 'vitest';
import { decodeBase64Url, encodeBase64Url } from '../../../shared/bytes/base64url.ts';
import { encodeUtf8 } from '../../../shared/bytes/text.ts';
import { importEd25519Jwk, signEd25519, webEd25519 } from '../../../shared/crypto/ed25519.ts';
import type { Jwk } from '../../../shared/crypto/keys.ts';
import { signatureBase } from '../../../shared/http-signature/signature-base.ts';

const vectors = path.join(import.meta.dirname, '../../vectors/rfc9421');

/** The fenced blocks of a file, unfolded (RFC 8792 §7.2). */
function blocks(file: string): string[] {
  const text = readFileSync(path.join(vectors, file), 'utf8');
  return [...text.matchAll(/^~~~.*\n([\s\S]*?)^~~~/gm)].map(([, block = '']) =>
    block.replace(/^NOTE:.*\n\n/, '').replace(/\\\n\s*/g, ''),
  );
}

function message(block: string) {
  const [head = '', ...body] = block.split('\n\n');
  const [first = '', ...lines] = head.split('\n');
  const headers = new Headers(lines.filter(Boolean).map((line) => line.split(/:\s?(.*)/s, 2) as [string, string]));
  return { first, headers, body: body.join('\n\n').trimEnd() };
}

const [requestBlock = '', responseBlock = ''] = blocks('test-messages.md');
const request = message(requestBlock);
const response = message(responseBlock);
const asRequest = { method: 'POST', url: 'https://example.com/foo?param=Value&Pet=dog', headers: request.headers };
// The draft's copy of the response carries a digest of another body; the case itself has the right one (SHA-512 of the body shown).
const digestOfB24 =
  'sha-512=:mEWXIS7MaLRuGgxOBdODa3xqM1XdEvxoYhvlCFJ41QJgJc4GTsPp29l5oGX69wWdXymyU0rjJuahq4l5aGgfLQ==:';
const asResponse = {
  status: 200,
  headers: { get: (name: string) => (name === 'content-digest' ? digestOfB24 : response.headers.get(name)) },
};

const cases = [
  { name: 'B.2.2', file: 'case-B.2.2.md', message: asRequest },
  { name: 'B.2.4', file: 'case-B.2.4.md', message: asResponse },
  { name: 'B.2.6', file: 'case-B.2.6.md', message: asRequest },
];

function given(file: string) {
  const [base = '', fields = ''] = blocks(file);
  const { headers } = message(`-\n${fields}`);
  const [first] = [...parseDictionary(headers.get('signature-input') ?? '')];
  if (!first) throw new Error(`${file} has no Signature-Input`);
  const [label, input] = first;
  const signature = parseDictionary(headers.get('signature') ?? '').get(label)?.[0];
  if (!isInnerList(input) || !(signature instanceof ArrayBuffer)) throw new Error(`${file} does not read`);
  return { base: base.trimEnd(), input, signature: new Uint8Array(signature) };
}

describe('the cases of RFC 9421, Appendix B', () => {
  for (const { name, file, message } of cases) {
    it(`builds the signature base of ${name}`, () => {
      const { base, input } = given(file);
      expect(signatureBase(message, input)).toEqual({ ok: true, value: base });
    });
  }

  it('signs and verifies B.2.6 byte for byte', async () => {
    const { base, signature } = given('case-B.2.6.md');
    const jwk = blocks('example-keys.md')
      .filter((block) => block.startsWith('{'))
      .map((block) => JSON.parse(block) as Jwk)
      .find(({ kid }) => kid === 'test-key-ed25519');
    const raw = decodeBase64Url(jwk?.x ?? '');
    if (!jwk || !raw.ok) throw new Error('the example key does not read');
    const signed = await signEd25519(await importEd25519Jwk(jwk), encodeUtf8(base));
    expect(encodeBase64Url(signed)).toBe(encodeBase64Url(signature));
    const key = await webEd25519.importPublicKey(raw.value);
    expect(key && (await webEd25519.verify(key, encodeUtf8(base), signature))).toBe(true);
  });
});
