// What may name a service that tokens are for (RFC 8707 §2): an absolute URI in one spelling, without fragment.

/** https, http on this machine, or a urn; at most 300 characters. */
export function isResource(text: string): boolean {
  if (text.length > 300 || !/^[\x21-\x7e]+$/.test(text) || text.includes('#') || !URL.canParse(text)) return false;
  const url = new URL(text);
  if (url.username !== '' || url.password !== '') return false;
  // One spelling each: no `..`, no upper-case host, no default port.
  if (url.href !== text && url.href !== `${text}/`) return false;
  if (url.protocol === 'urn:') return true;
  return (
    url.protocol === 'https:' ||
    (url.protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname))
  );
}
