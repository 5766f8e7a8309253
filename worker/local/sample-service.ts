// A sample online service: node:http and openid-client as it comes from npm, nothing of ours. What a relying party writes in an
// afternoon: log in, show what came, log out here. It knows the person by the pairwise `sub` alone.
import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import * as oidc from 'openid-client';

export type SampleOptions = {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly port: number;
};
export type SampleService = { readonly url: string; close(): Promise<void> };

type Claims = Readonly<Record<string, unknown>>;
/** One browser at this service, by its cookie: in memory, as a sample may. */
type Visit = {
  pending?: { readonly state: string; readonly nonce: string; readonly verifier: string };
  claims?: Claims;
};
const mostVisits = 1000;

const texts = {
  ar: {
    name: 'مكتبة المدينة',
    welcome: 'خدمة إلكترونية تجريبية: تعرفك بهويتك الرقمية، ولا تعرف رقمك.',
    logIn: 'تسجيل الدخول بتوثيق',
    logInLow: 'دخول بأدنى مستوى يكفي',
    logOut: 'خروج',
    received: 'هذا كل ما وصل إلى هذه الخدمة:',
    failed: 'لم يكتمل الدخول',
    home: 'الصفحة الأولى',
    other: 'English',
  },
  en: {
    name: 'City Library',
    welcome: 'A sample online service: it knows you by your digital identity, and does not know your number.',
    logIn: 'Log in with Tawthiq',
    logInLow: 'Log in at the lowest level that is enough',
    logOut: 'Log out',
    received: 'This is all that reached this service:',
    failed: 'The login was not completed',
    home: 'First page',
    other: 'العربية',
  },
} as const;
type Locale = keyof typeof texts;

/** Listens on 127.0.0.1. The client must have `<url>/callback` among its redirect URIs. */
export async function startSampleService(options: SampleOptions): Promise<SampleService> {
  const issuer = new URL(options.issuer);
  const local = issuer.protocol === 'http:';
  // Everything that the service needs to know is in the discovery document.
  const config = await oidc.discovery(issuer, options.clientId, options.clientSecret, undefined, {
    // Plain HTTP is for one machine only.
    execute: local ? [oidc.allowInsecureRequests] : [],
  });
  const url = `http://localhost:${options.port}`;
  const visits = new Map<string, Visit>();
  const server = createServer((request, response) => {
    answer({ config, url, visits }, request, response).catch((error: unknown) => {
      const locale = localeOf(new URL(request.url ?? '/', url), request);
      // The provider's refusal, in OAuth's words; anything else is a bug and only named.
      const code = error instanceof oidc.AuthorizationResponseError ? error.error : 'error';
      send(
        response,
        400,
        page(locale, `<h1>${texts[locale].failed}</h1><p><code data-error>${escaped(code)}</code></p>${home(locale)}`),
      );
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, '127.0.0.1', resolve);
  });
  return { url, close: () => closed(server) };
}

type Setting = { readonly config: oidc.Configuration; readonly url: string; readonly visits: Map<string, Visit> };

async function answer(setting: Setting, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', setting.url);
  const locale = localeOf(url, request);
  const visit = visitOf(setting.visits, request, response);
  switch (`${request.method} ${url.pathname}`) {
    case 'GET /':
      return send(response, 200, page(locale, visit.claims ? welcome(locale, visit.claims) : front(locale)));
    case 'GET /login':
      return redirect(response, await begin(setting, visit, url.searchParams.get('acr'), locale));
    case 'GET /callback':
      visit.claims = await finish(setting, visit, url);
      return redirect(response, `/?lang=${locale}`);
    case 'POST /logout':
      delete visit.claims;
      return redirect(response, `/?lang=${locale}`);
    default:
      return send(response, 404, page(locale, home(locale)));
  }
}

async function begin({ config, url }: Setting, visit: Visit, acr: string | null, locale: Locale): Promise<string> {
  const verifier = oidc.randomPKCECodeVerifier();
  const pending = { state: oidc.randomState(), nonce: oidc.randomNonce(), verifier };
  visit.pending = pending;
  return oidc.buildAuthorizationUrl(config, {
    redirect_uri: `${url}/callback`,
    scope: 'openid profile',
    state: pending.state,
    nonce: pending.nonce,
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    acr_values: `urn:tawthiq:loa:${acr === 'low' ? 'low' : 'substantial'}`,
    ui_locales: locale,
  }).href;
}

/** State, iss, nonce, signature, audience and times are openid-client's to check. */
async function finish({ config }: Setting, visit: Visit, callback: URL): Promise<Claims> {
  const { pending } = visit;
  if (!pending) throw new Error('no login was begun in this browser');
  delete visit.pending;
  const tokens = await oidc.authorizationCodeGrant(config, callback, {
    expectedState: pending.state,
    expectedNonce: pending.nonce,
    pkceCodeVerifier: pending.verifier,
    idTokenExpected: true,
  });
  const idToken = tokens.claims();
  if (!idToken) throw new Error('no ID token');
  const userinfo = await oidc.fetchUserInfo(config, tokens.access_token, idToken.sub);
  const { acr, amr, auth_time } = idToken;
  return { ...userinfo, acr, amr, auth_time };
}

function visitOf(visits: Map<string, Visit>, request: IncomingMessage, response: ServerResponse): Visit {
  const id = /(?:^|;\s*)visit=([\w-]{22})/.exec(request.headers.cookie ?? '')?.[1];
  const known = id === undefined ? undefined : visits.get(id);
  if (known) return known;
  const fresh: Visit = {};
  const newId = randomBytes(16).toString('base64url');
  const [oldest] = visits.keys();
  if (visits.size >= mostVisits && oldest !== undefined) visits.delete(oldest);
  visits.set(newId, fresh);
  response.setHeader('Set-Cookie', `visit=${newId}; HttpOnly; SameSite=Lax; Path=/`);
  return fresh;
}

function front(locale: Locale): string {
  const t = texts[locale];
  return `<h1>${t.name}</h1><p>${t.welcome}</p>
    <p><a class="button" href="/login?lang=${locale}">${t.logIn}</a></p>
    <p><a href="/login?lang=${locale}&amp;acr=low">${t.logInLow}</a></p>`;
}

function welcome(locale: Locale, claims: Claims): string {
  const t = texts[locale];
  const rows = Object.entries(claims).map(([name, value]) => {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    return `<dt>${escaped(name)}</dt><dd dir="auto" data-claim="${escaped(name)}">${escaped(text)}</dd>`;
  });
  return `<h1>${t.name}</h1><p>${t.received}</p><dl>${rows.join('')}</dl>
    <form method="post" action="/logout?lang=${locale}"><button>${t.logOut}</button></form>`;
}

function home(locale: Locale): string {
  return `<p><a href="/?lang=${locale}">${texts[locale].home}</a></p>`;
}

function page(locale: Locale, body: string): string {
  const other = locale === 'ar' ? 'en' : 'ar';
  return `<!doctype html><html lang="${locale}" dir="${locale === 'ar' ? 'rtl' : 'ltr'}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>${texts[locale].name}</title><link rel="icon" href="data:,">
<style>body{font:1.05rem/1.6 system-ui,Tahoma,sans-serif;max-width:40rem;margin:2.5rem auto;padding-inline:1rem;color:#1d2433;background:#fbfaf7}
h1{color:#5b3a1a}.button,button{display:inline-block;background:#5b3a1a;color:#fff;border:0;border-radius:.5rem;padding:.7rem 1.2rem;font:inherit;text-decoration:none;cursor:pointer}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.4rem 1.2rem}dt{font-weight:700}dd{margin:0;overflow-wrap:anywhere}a{display:inline-block;padding-block:.25rem;color:#5b3a1a}nav{text-align:end}</style>
</head><body><nav><a href="/?lang=${other}" lang="${other}">${texts[locale].other}</a></nav><main>${body}</main></body></html>`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}

function localeOf(url: URL, request: IncomingMessage): Locale {
  const lang = url.searchParams.get('lang');
  if (lang === 'ar' || lang === 'en') return lang;
  return (request.headers['accept-language'] ?? '').toLowerCase().startsWith('en') ? 'en' : 'ar';
}

function send(response: ServerResponse, status: number, html: string): void {
  response.writeHead(status, { 'Content-Type': 'text/html; charset=utf-8', 'Cache-Control': 'no-store' });
  response.end(html);
}

function redirect(response: ServerResponse, to: string): void {
  response.writeHead(303, { Location: to, 'Cache-Control': 'no-store' });
  response.end();
}

function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}
