// Properties of the file that goes to whoever holds a root: anything is read or refused by name, whatever was changed in it, and what is
// read is what its bytes say.
import fc from 'fast-check';
import { epochSeconds } from '../../shared/base/brands.ts';
import { encodeBase64Url } from '../../shared/bytes/base64url.ts';
import { type CoseKey, kidOf } from '../../shared/cose/key.ts';
import { ed25519Signer } from '../../shared/cose/sign1.ts';
import { importEd25519Seed } from '../../shared/crypto/ed25519.ts';
import { encodeTrustList, signTrustListContent } from '../../shared/trust/trust-list.ts';
import { ListFileError, listFileOf } from '../../worker/local/list-file.ts';
import { listWords } from '../../worker/local/list-words.ts';

const root: CoseKey = { curve: 'Ed25519', x: new Uint8Array(32).fill(7) };
const other: CoseKey = { curve: 'Ed25519', x: new Uint8Array(32).fill(8) };
const at = epochSeconds(1_800_000_000);
const content = encodeTrustList({
  issuer: 'https://id.example',
  version: 3,
  issuedAt: at,
  expiresAt: epochSeconds(at + 86_400),
  prevHash: new Uint8Array(32),
  roots: [root, other],
  keys: [],
});
const signer = ed25519Signer(await importEd25519Seed(new Uint8Array(32).fill(7)), kidOf(root));
const signed = await signTrustListContent(content, [signer]);
const texts = { list: encodeBase64Url(content), standing: encodeBase64Url(signed), signed: [encodeBase64Url(signed)] };
const whole = { format: 'tawthiq trust list 1', ...texts };

function holds(text: unknown): boolean {
  try {
    const { content: read, list } = listFileOf(text, 'file');
    const words = listWords(list, undefined);
    return read.length > 0 && words.every((word) => /^[\x20-\x7e\n]*$/.test(word));
  } catch (error) {
    return error instanceof ListFileError;
  }
}

const anyMember = fc.oneof(fc.jsonValue(), fc.base64String(), fc.constantFrom<unknown>(...Object.values(texts)));
const anything = fc.oneof(fc.jsonValue(), fc.dictionary(fc.constantFrom(...Object.keys(whole)), anyMember));
const oneByte = fc
  .tuple(fc.constantFrom('list', 'standing', 'signed'), fc.nat(), fc.integer({ min: 1, max: 255 }))
  .map(([name, place, flip]) => {
    const bytes = name === 'list' ? content.slice() : signed.slice();
    const i = place % bytes.length;
    bytes[i] = (bytes[i] ?? 0) ^ flip;
    const text = encodeBase64Url(bytes);
    return { ...whole, [name]: name === 'signed' ? [text] : text };
  });

export const listFileTargets = [
  { name: 'list file: anything is read or refused by name', property: fc.property(fc.oneof(anything, oneByte), holds) },
] as const;
