// Small parts of HTTP that the provider's routes share: form bodies, replies to a redirect URI, cookies' attributes, page headers.

import type { Context } from 'hono';
import { contentSecurityPolicy } from '../../shared/ui/page-policy.ts';
import { readBytes } from '../http/body.ts';
import type { ProblemInput } from '../http/problem.ts';
import type { Reply } from './authorize/authorize.ts';
import { type Params, paramsOf } from './authorize/request.ts';

const maxFormBytes = 65_536;

// What is no UTF-8 becomes U+FFFD, as in every form that a browser decodes.
const utf8 = new TextDecoder();

/** A form body's parameters, or undefined for another media type or one that is too large. */
export async function formOf(request: Request): Promise<Params | undefined> {
  const type = (request.headers.get('content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase();
  if (type !== 'application/x-www-form-urlencoded') return undefined;
  // As bytes: asked for a text of this media type, the platform warns.
  const bytes = await readBytes(request, maxFormBytes);
  return bytes && paramsOf(new URLSearchParams(utf8.decode(bytes)));
}

export function formParams(c: Context): Promise<Params | undefined> {
  return formOf(c.req.raw);
}

/** The very page in the other language, where it was asked for by its address alone. */
export function inOtherLanguage(c: Context, locale: 'ar' | 'en'): string | null {
  if (c.req.method !== 'GET') return null;
  const { pathname, searchParams } = new URL(c.req.url);
  searchParams.set('lang', locale === 'ar' ? 'en' : 'ar');
  return `${pathname}?${searchParams}`;
}

/** What goes back, in order; `iss` always (RFC 9207). */
export function replyFields(reply: Reply, issuer: string): [string, string][] {
  const { answer, state } = reply;
  const fields: [string, string][] =
    'code' in answer
      ? [['code', answer.code]]
      : [
          ['error', answer.error],
          ['error_description', answer.description],
        ];
  if (state !== null) fields.push(['state', state]);
  fields.push(['iss', issuer]);
  return fields;
}

/** The redirect URI with the answer added, to its query or as its fragment; its own query stays as it was registered (RFC 6749 §4.1.2). */
export function redirectTo(reply: Reply, issuer: string): string {
  const query = new URLSearchParams(replyFields(reply, issuer)).toString();
  if (reply.responseMode === 'fragment') return `${reply.redirectUri}#${query}`;
  return `${reply.redirectUri}${reply.redirectUri.includes('?') ? '&' : '?'}${query}`;
}

/**
 * Where a page's forms may end. Those of a login end at the service, which may be a broker that sends the browser on to another origin or
 * to an app: named or not, a `form-action` would be held against those hops as well (docs/adr/0026).
 */
export function formTarget(redirectUri: string | undefined): string {
  return redirectUri === undefined || !URL.canParse(redirectUri) ? "'self'" : 'anywhere';
}

/** SECURITY: nothing from elsewhere, no inline script or style, no frame around it (clickjacking), nothing kept in a cache. */
export function pageHeaders(formAction: string, script = false): Record<string, string> {
  const csp = contentSecurityPolicy({ forms: formAction, ...(script ? { scripts: 'own' } : {}) });
  return {
    'Content-Security-Policy': csp,
    'X-Frame-Options': 'DENY',
    'X-Content-Type-Options': 'nosniff',
    // `no-referrer` would make browsers send `Origin: null` with our own forms.
    'Referrer-Policy': 'same-origin',
    'Permissions-Policy': 'camera=(), microphone=(), geolocation=()',
    'Cache-Control': 'no-store',
  };
}

/** A `__Host-` cookie: this host alone, HTTPS (or localhost) alone, no script, not with a stranger's form. */
export function hostCookie(name: string, value: string, maxAgeSeconds: number): string {
  return `__Host-${name}=${value}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=${maxAgeSeconds}`;
}

export function readHostCookie(c: Context, name: string): string | undefined {
  const header = c.req.header('cookie') ?? '';
  if (header.length > 16_384) return undefined;
  const wanted = `__Host-${name}=`;
  return header
    .split(';')
    .map((part) => part.trim())
    .find((part) => part.startsWith(wanted))
    ?.slice(wanted.length);
}

/** To a page's own script that asks for a passkey where none can be used: another site's page, no login under way, a code that is no good. */
export const passkeyNotAsked = {
  status: 403,
  reason: 'passkey_not_asked',
  title: 'No passkey is asked for here',
} as const satisfies ProblemInput;
