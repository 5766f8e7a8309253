// A relying party's logo: fetched once when the authority looks at the client, kept by its hash, and served by the edge itself, so that no
// page of ours asks anybody else for anything, and nobody changes a picture after it was seen.

import { err, ok, type Result } from '../../shared/base/result.ts';
import { encodeBase64Url } from '../../shared/bytes/base64url.ts';
import { jpegSize } from '../../shared/bytes/jpeg.ts';
import { pngSize } from '../../shared/bytes/png.ts';
import { sha256Sync } from '../../shared/crypto/sha256.ts';
import type { Logos } from '../store/logos.ts';
import type { Client, ClientMetadata } from './client.ts';
import type { Outbound } from './outbound.ts';

export const logoTypes = ['image/png', 'image/jpeg'] as const;
export type LogoType = (typeof logoTypes)[number];
/** `sha256`: of its bytes, base64url; its name in the store and in its address. */
export type Logo = { readonly sha256: string; readonly type: LogoType };
export type LogoRefusal = 'logo_unreachable' | 'logo_not_a_picture' | 'logo_of_wrong_size';

/** At the edge; `/HASH` follows. */
export const logosPath = '/clients/logos';
/** Of the pages that show it there are 60 kB in all. */
export const mostLogoBytes = 16_384;
/** Pixels a side. */
const side = { least: 16, most: 512 } as const;

export function logoPathOf(logo: Logo): string {
  return `${logosPath}/${logo.sha256}`;
}

/** SECURITY: what it is, its bytes say: one still PNG or JPEG. No SVG, which is a document that can do things. */
export function readLogo(bytes: Uint8Array): Result<LogoType, LogoRefusal> {
  const asPng = pngSize(bytes);
  const read = asPng.ok ? asPng : jpegSize(bytes);
  if (!read.ok) return err('logo_not_a_picture');
  const fits = [read.value.width, read.value.height].every((pixels) => pixels >= side.least && pixels <= side.most);
  return fits ? ok(asPng.ok ? 'image/png' : 'image/jpeg') : err('logo_of_wrong_size');
}

/** What was found at an address; with it, so that a client which changed its address meanwhile does not get another's picture. */
export type FetchedLogo = { readonly uri: string; readonly found: Result<Logo, LogoRefusal> };

/** Undefined for a client that names none. */
export async function fetchLogo(
  { outbound, logos }: { readonly outbound: Pick<Outbound, 'readBytes'>; readonly logos: Pick<Logos, 'put'> },
  { logo_uri: uri }: Pick<ClientMetadata, 'logo_uri'>,
): Promise<FetchedLogo | undefined> {
  if (uri === undefined) return undefined;
  const bytes = await outbound.readBytes(uri, mostLogoBytes, logoTypes.join(', '));
  if (bytes === undefined) return { uri, found: err('logo_unreachable') };
  const type = readLogo(bytes);
  if (!type.ok) return { uri, found: type };
  const logo = { sha256: encodeBase64Url(sha256Sync(bytes)), type: type.value };
  await logos.put(logo, bytes);
  return { uri, found: ok(logo) };
}

/** The logo that a client of such metadata has. */
export function logoOf(metadata: Pick<ClientMetadata, 'logo_uri'>, fetched: FetchedLogo | undefined): Logo | undefined {
  return fetched?.found.ok && fetched.uri === metadata.logo_uri ? fetched.found.value : undefined;
}

export function withLogo({ logo: _, ...client }: Client, logo: Logo | undefined): Client {
  return logo ? { ...client, logo } : client;
}
