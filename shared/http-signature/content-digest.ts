// Content-Digest (RFC 9530 §2) with SHA-256, the only algorithm made and asked for here. Knows no HTTP library.
import { parseDictionary, serializeDictionary } from 'structured-headers';
import { err, ok, type Result } from '../base/result.ts';
import { equalBytes } from '../bytes/equal.ts';
import { sha256 } from '../crypto/digest.ts';

const maxFieldLength = 1000;

/** The field's value for a body: `sha-256=:<base64>:`. */
export async function contentDigest(body: Uint8Array): Promise<string> {
  return serializeDictionary({ 'sha-256': await sha256(body) });
}

/**
 * Holds a body to its Content-Digest. Other algorithms beside sha-256 are ignored, as RFC 9530 §2 allows; sha-256 must be there.
 * Reasons: `signature_malformed` (not a dictionary of byte sequences, or over 1,000 characters), `digest_mismatch`.
 */
export async function checkContentDigest(
  value: string,
  body: Uint8Array,
): Promise<Result<undefined, { readonly reason: 'signature_malformed' | 'digest_mismatch' }>> {
  if (value.length > maxFieldLength) return err({ reason: 'signature_malformed' });
  let given: unknown;
  try {
    given = parseDictionary(value).get('sha-256')?.[0];
  } catch {
    return err({ reason: 'signature_malformed' });
  }
  if (given === undefined) return err({ reason: 'digest_mismatch' });
  if (!(given instanceof ArrayBuffer)) return err({ reason: 'signature_malformed' });
  return equalBytes(new Uint8Array(given), await sha256(body)) ? ok(undefined) : err({ reason: 'digest_mismatch' });
}
