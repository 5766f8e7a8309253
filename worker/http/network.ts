// A name for the network a request came from, kept for minutes: /24 or /48, hashed. Groups strangers; tells nobody apart.

import { encodeBase64Url } from '../../shared/bytes/base64url.ts';
import { encodeUtf8 } from '../../shared/bytes/text.ts';
import { sha256Sync } from '../../shared/crypto/sha256.ts';

/** What Cloudflare sets on every request, whatever the caller sent. */
export const usualAddressHeader = 'cf-connecting-ip';

/** A header's name (RFC 9110 §5.1) in lower case, of at most 60 letters, digits and dashes; undefined for what is none. */
export function parseHeaderName(text: string): string | undefined {
  return /^[a-z][a-z0-9-]{0,59}$/i.test(text) ? text.toLowerCase() : undefined;
}

/**
 * `header`: the one that the proxy before us sets (`CLIENT_ADDRESS_HEADER`). SECURITY: every limit by network rests on it, so it must be one
 * that no caller can send through; of a list the last address counts, which that proxy added itself. Where nothing stands before us, and where
 * it says no address, everybody is of one network: stricter, never looser.
 */
export function networkOf(request: Request, header: string): string {
  const sent = request.headers.get(header);
  const network = sent === null ? 'local' : (parseNetwork(sent.slice(sent.lastIndexOf(',') + 1).trim()) ?? 'none');
  return encodeBase64Url(sha256Sync(encodeUtf8(network)).subarray(0, 9));
}

/** The network of an address: `198.51.100` of 198.51.100.7 (/24), `2001:db8:1` of 2001:db8:1::7 (/48). Undefined for any other text. */
export function parseNetwork(address: string): string | undefined {
  if (address.length > 45) return undefined;
  if (!address.includes(':')) return parseIpv4(address)?.slice(0, 3).join('.');
  const groups = parseIpv6(address);
  if (!groups) return undefined;
  // RFC 4291 §2.5.5.2: an IPv4 address in the other's clothes is the same machine.
  const isMapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  if (isMapped) return [(groups[6] ?? 0) >> 8, (groups[6] ?? 0) & 255, (groups[7] ?? 0) >> 8].join('.');
  return groups
    .slice(0, 3)
    .map((group) => group.toString(16))
    .join(':');
}

function parseIpv4(text: string): number[] | undefined {
  const parts = text.split('.');
  const isByte = (part: string) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255;
  return parts.length === 4 && parts.every(isByte) ? parts.map(Number) : undefined;
}

/** RFC 4291 §2.2, without a zone: eight groups. */
function parseIpv6(text: string): number[] | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map((half, i) => groupsOf(half, i === halves.length - 1));
  if (!head || (halves.length === 2 && !tail)) return undefined;
  const missing = 8 - head.length - (tail?.length ?? 0);
  if (halves.length === 1) return missing === 0 ? head : undefined;
  return missing >= 1 ? [...head, ...new Array<number>(missing).fill(0), ...(tail ?? [])] : undefined;
}

function groupsOf(text: string, isLast: boolean): number[] | undefined {
  if (text === '') return [];
  const groups: number[] = [];
  const parts = text.split(':');
  for (const [i, part] of parts.entries()) {
    const four = isLast && i === parts.length - 1 && part.includes('.') ? parseIpv4(part) : undefined;
    if (four) groups.push(((four[0] ?? 0) << 8) | (four[1] ?? 0), ((four[2] ?? 0) << 8) | (four[3] ?? 0));
    else if (/^[0-9a-f]{1,4}$/i.test(part)) groups.push(Number.parseInt(part, 16));
    else return undefined;
  }
  return groups;
}
