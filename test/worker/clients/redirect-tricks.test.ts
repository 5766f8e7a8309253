// Whatever is changed about a registered redirect URI, nobody is sent there: properties, and the page that says so.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Client, ClientMetadata, ClientPolicy } from '../../../worker/clients/client.ts';
import { matchesRedirectUri, refuseRedirectUri } from '../../../worker/clients/redirect-uri.ts';
import { firstRefusal } from '../../../worker/openid/authorize/checks.ts';
import { redirectTo } from '../../../worker/openid/http.ts';

const label = fc.stringMatching(/^[a-z]([a-z0-9]{0,8}[a-z0-9])?$/);
const host = fc.tuple(label, label, fc.constantFrom('sa', 'example', 'org')).map((parts) => parts.join('.'));
const path = fc
  .array(fc.stringMatching(/^[A-Za-z0-9_-]{1,8}$/), { maxLength: 3 })
  .map((parts) => `/${parts.join('/')}`);
const query = fc.oneof(
  fc.constant(''),
  fc.stringMatching(/^[a-z]{1,5}=[a-z0-9]{1,5}$/).map((text) => `?${text}`),
);
const registered = fc.tuple(host, path, query).map(([where, what, more]) => `https://${where}${what}${more}`);

/** Each takes a registered URI and says where a trickster would rather have people sent. */
const tricks: Readonly<Record<string, (uri: string) => string>> = {
  'an open redirect: another host behind the registered one': (uri) =>
    uri.replace(/^https:\/\//, 'https://evil.example/https://'),
  'the registered host as a part of another': (uri) => uri.replace(/^https:\/\/([^/]+)/, 'https://$1.evil.example'),
  'a host that ends like it': (uri) => uri.replace('https://', 'https://evil-'),
  'the host as user name of another': (uri) => uri.replace(/^https:\/\/([^/]+)/, 'https://$1@evil.example'),
  'user name and password': (uri) => uri.replace('https://', 'https://a:b@'),
  'a port': (uri) => uri.replace(/^https:\/\/([^/]+)/, 'https://$1:8443'),
  'the default port': (uri) => uri.replace(/^https:\/\/([^/]+)/, 'https://$1:443'),
  'plain http': (uri) => uri.replace('https:', 'http:'),
  'another scheme': (uri) => uri.replace('https:', 'javascript:'),
  'upper case': (uri) => uri.replace(/^https:\/\/([^/]+)/, (all) => all.toUpperCase()),
  'a dot after the host': (uri) => uri.replace(/^https:\/\/([^/]+)/, 'https://$1.'),
  'a path below it': (uri) => uri.replace(/(\?|$)/, '/more$1'),
  'a path above it': (uri) => uri.replace(/(\?|$)/, '/../..$1'),
  'an encoded way up': (uri) => uri.replace(/(\?|$)/, '/%2e%2e/$1'),
  'a backslash': (uri) => uri.replace('https://', 'https:\\\\'),
  'a backslash before a host': (uri) => uri.replace(/^https:\/\/([^/]+)/, 'https://evil.example\\@$1'),
  'a fragment': (uri) => `${uri}#part`,
  'one more parameter': (uri) => `${uri}${uri.includes('?') ? '&' : '?'}x=1`,
  'a line break': (uri) => `${uri}\r\nSet-Cookie: a=b`,
  'a null': (uri) => `${uri}\0`,
  'a space before': (uri) => ` ${uri}`,
  'a letter that looks the same (IDN)': (uri) =>
    uri.replace(/[aeo]|$/, (found) => ({ a: 'а', e: 'е', o: 'о' })[found] ?? 'а'),
  'a full-width dot (IDN)': (uri) => uri.replace(/^(https:\/\/[^./]+)\./, '$1。'),
  'protocol-relative': (uri) => uri.replace('https:', ''),
};

function clientWith(uri: string, native = false): Client {
  const metadata = { client_name: 'x', redirect_uris: [uri], application_type: native ? 'native' : 'web' };
  const rest = { policy: ClientPolicy.parse({}), state: 'active', secrets: [], createdAt: 0 } as const;
  return { id: 'c', metadata: ClientMetadata.parse(metadata), ...rest };
}
const refusalOf = (client: Client, uri: string) => {
  const values = new Map([
    ['client_id', 'c'],
    ['redirect_uri', uri],
  ]);
  const came = { pushed: false, signed: false };
  return firstRefusal({ issuer: 'https://id.example', params: { values, repeated: [] }, client, ...came });
};

describe('a redirect URI', () => {
  it.each(Object.entries(tricks))('with %s matches nothing, and the refusal stays on our page', (_name, trick) => {
    fc.assert(
      fc.property(registered, (uri) => {
        const changed = trick(uri);
        fc.pre(changed !== uri);
        expect(matchesRedirectUri(changed, uri, false)).toBe(false);
        expect(matchesRedirectUri(changed, uri, true)).toBe(false);
        expect(refusalOf(clientWith(uri), changed)).toEqual({ stage: 'page', reason: 'redirect_uri_not_registered' });
      }),
      { numRuns: 60 },
    );
  });

  it('as it was registered passes that row, whatever it is', () => {
    fc.assert(
      fc.property(registered, (uri) => {
        expect(refuseRedirectUri(uri, false)).toBeUndefined();
        expect(refusalOf(clientWith(uri), uri)).not.toMatchObject({ stage: 'page' });
      }),
      { numRuns: 60 },
    );
  });

  it('whatever text is registered has one spelling: what a browser makes of it is the same text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.webUrl({ withQueryParameters: true }), fc.string(), registered), (text) => {
        if (refuseRedirectUri(text, false) !== undefined) return;
        expect([text, `${text}/`]).toContain(new URL(text).href);
        expect(new URL(text).username + new URL(text).password + new URL(text).hash).toBe('');
      }),
      { numRuns: 300 },
    );
  });

  it('keeps its origin, path and own query with whatever is answered', () => {
    fc.assert(
      fc.property(registered, fc.string(), fc.string({ minLength: 1 }), (redirectUri, state, code) => {
        const reply = { redirectUri, responseMode: 'query', state, answer: { code } } as const;
        const [to, was] = [new URL(redirectTo(reply, 'https://id.example')), new URL(redirectUri)];
        expect([to.origin, to.pathname, to.hash]).toEqual([was.origin, was.pathname, '']);
        expect([...to.searchParams].slice(0, [...was.searchParams].length)).toEqual([...was.searchParams]);
        expect(to.searchParams.get('iss')).toBe('https://id.example');
        const inFragment = new URL(redirectTo({ ...reply, responseMode: 'fragment' }, 'https://id.example'));
        expect([inFragment.origin, inFragment.pathname, inFragment.search]).toEqual([
          was.origin,
          was.pathname,
          was.search,
        ]);
        expect([...new URLSearchParams(inFragment.hash.slice(1))]).toEqual([
          ...[
            ['code', code],
            ['state', state],
            ['iss', 'https://id.example'],
          ],
        ]);
      }),
      { numRuns: 200 },
    );
  });

  it('of an installed application changes its port on loopback and nothing else', () => {
    const names = ['127.0.0.1', '[::1]', 'localhost'];
    fc.assert(
      fc.property(fc.constantFrom(...names), fc.integer({ min: 1, max: 65_535 }), (name, port) => {
        const known = `http://${name}/cb`;
        expect(matchesRedirectUri(`http://${name}:${port}/cb`, known, true)).toBe(true);
        expect(matchesRedirectUri(`http://${name}:${port}/cb`, known, false)).toBe(false);
        const others = [...names, '127.0.0.2', 'localhost.example', 'LOCALHOST'].filter((other) => other !== name);
        for (const other of [`http://${name}:${port}/cb/`, ...others.map((other) => `http://${other}:${port}/cb`)])
          expect(matchesRedirectUri(other, known, true)).toBe(false);
      }),
      { numRuns: 50 },
    );
  });
});
