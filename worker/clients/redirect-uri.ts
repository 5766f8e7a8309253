// Which redirect URIs may be registered, and when a requested one is the registered one. Specifications: RFC 9700 §2.1, RFC 8252 §7.

export type RedirectRefusal =
  | 'redirect_uri_malformed'
  | 'redirect_uri_fragment'
  | 'redirect_uri_userinfo'
  | 'redirect_uri_not_canonical'
  | 'redirect_uri_insecure'
  | 'redirect_uri_scheme';

/** For whoever wrote the registration. */
export const redirectRefusals: Readonly<Record<RedirectRefusal, string>> = {
  redirect_uri_malformed: 'must be one absolute URI in ASCII, and stand for no other',
  redirect_uri_fragment: 'must have no fragment',
  redirect_uri_userinfo: 'must have no user name or password',
  redirect_uri_not_canonical: 'must be written as browsers send it: host in lower case, no .. and no default port',
  redirect_uri_insecure: 'must be https; http is for localhost, 127.0.0.1 and [::1]',
  redirect_uri_scheme:
    'must be https; an application_type native may have its own scheme, as com.example.app:/callback',
};

const loopbackNames = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Why a URI may not be registered, or undefined. `native`: an installed application (RFC 8252). */
export function refuseRedirectUri(text: string, native: boolean): RedirectRefusal | undefined {
  if (text.length > 2048 || !/^[\x21-\x7e]+$/.test(text) || text.includes('\\')) return 'redirect_uri_malformed';
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return 'redirect_uri_malformed';
  }
  // No URI stands for many: registered, it would only look as if (RFC 9700 §2.1).
  if (url.hostname.includes('*')) return 'redirect_uri_malformed';
  if (text.includes('#')) return 'redirect_uri_fragment';
  if (url.username !== '' || url.password !== '') return 'redirect_uri_userinfo';
  // One spelling each: no `..`, no upper-case host, no default port, no Unicode host (it is registered in its xn-- form).
  if (url.href !== text && url.href !== `${text}/`) return 'redirect_uri_not_canonical';
  if (url.protocol === 'https:') return undefined;
  if (url.protocol === 'http:') return loopbackNames.has(url.hostname) ? undefined : 'redirect_uri_insecure';
  // RFC 8252 §7.1: private schemes are reverse domain names, so `javascript:` and `data:` cannot be one.
  const scheme = url.protocol.slice(0, -1);
  return native && /^[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+$/.test(scheme) ? undefined : 'redirect_uri_scheme';
}

/**
 * What a profile takes that leaves no code on an open line (FAPI 2.0 Security Profile §5.3.2.2): https, and http only to a native
 * application on the person's own device, which has no certificate (RFC 8252 §7.3). A private scheme is neither.
 */
export function isHttpsOrNativeLoopback(uri: string, native: boolean): boolean {
  if (!URL.canParse(uri)) return false;
  const { protocol, hostname } = new URL(uri);
  return protocol === 'https:' || (native && protocol === 'http:' && loopbackNames.has(hostname));
}

const loopback = /^http:\/\/(127\.0\.0\.1|\[::1\]|localhost)(?::\d{1,5})?(\/.*)?$/;

/**
 * SECURITY: exact, character by character: no prefix, no pattern, no added query. The one exception is the port of a native
 * application's loopback address, which the system chooses at run time (RFC 8252 §7.3; RFC 9700 §4.1.3 says so of `localhost` too, which
 * browsers resolve to nothing else). The name stays the one that was registered.
 */
export function matchesRedirectUri(requested: string, registered: string, native: boolean): boolean {
  if (requested === registered) return true;
  if (!native) return false;
  const [asked, known] = [loopback.exec(requested), loopback.exec(registered)];
  return asked !== null && known !== null && asked[1] === known[1] && (asked[2] ?? '') === (known[2] ?? '');
}
