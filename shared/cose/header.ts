// The header parameters of COSE (RFC 9052 §3.1) that this project reads, from the protected bucket only.

import { err, ok, type Result } from '../base/result.ts';
import { equalBytes } from '../bytes/equal.ts';
import { decodeCbor } from '../cbor/decode.ts';
import { type CborKey, type CborMap, type CborValue, isCborMap } from '../cbor/value.ts';

/** Ed25519 by its old name EdDSA, by its fully specified one (RFC 9864), and ECDSA P-256 with SHA-256. */
export const ALG = { EdDSA: -8, Ed25519: -19, ES256: -7 } as const;

export const HEADER = { alg: 1, crit: 2, kid: 4, kcwt: 13, typ: 16 } as const;

export type CoseAlg = -7 | -8 | -19;

export type CoseHeader = {
  readonly alg: CoseAlg;
  readonly kid: Uint8Array | undefined;
  /** A media type, or its number in the CoAP content-format registry. */
  readonly typ: string | number | undefined;
  readonly all: CborMap;
};

export type HeaderReason = 'cose_header' | 'cose_alg' | 'cose_critical';
export type HeaderError = { readonly reason: HeaderReason };

/** An issuer's messages all have the same protected bucket: the last short one and what it said. */
let lastBytes = new Uint8Array(0);
let lastHeader: Result<CoseHeader, HeaderError> = err({ reason: 'cose_header' });
const longestKept = 64;

/** Reads a protected bucket. Any `crit` is refused: we understand no extension that could be critical. */
export function decodeHeader(bytes: Uint8Array): Result<CoseHeader, HeaderError> {
  if (bytes.length > longestKept) return readHeader(bytes);
  // SECURITY: every byte is compared: what is taken for read was read.
  if (!equalBytes(bytes, lastBytes)) {
    lastBytes = bytes.slice();
    lastHeader = readHeader(lastBytes);
  }
  return lastHeader;
}

function readHeader(bytes: Uint8Array): Result<CoseHeader, HeaderError> {
  const decoded = decodeCbor(bytes);
  if (!decoded.ok || !isCborMap(decoded.value)) return err({ reason: 'cose_header' });
  const all = decoded.value;
  if (all.has(HEADER.crit)) return err({ reason: 'cose_critical' });
  const alg = all.get(HEADER.alg);
  if (alg !== -7 && alg !== -8 && alg !== -19) return err({ reason: 'cose_alg' });
  const kid = all.get(HEADER.kid);
  const typ = all.get(HEADER.typ);
  if (kid !== undefined && !(kid instanceof Uint8Array)) return err({ reason: 'cose_header' });
  if (typ !== undefined && typeof typ !== 'string' && typeof typ !== 'number') return err({ reason: 'cose_header' });
  return ok({ alg, kid, typ, all });
}

export function headerMap(entries: readonly (readonly [CborKey, CborValue | undefined])[]): CborMap {
  return new Map(entries.filter(([, value]) => value !== undefined));
}
