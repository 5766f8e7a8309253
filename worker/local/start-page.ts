// The page that `npm start` opens on: where everything is, who can log in, three things to try; Arabic first.
// It listens on 127.0.0.1 and shows demo passwords: it is part of no deployment.
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import path from 'node:path';
import { html } from 'hono/html';
import { formatTime } from '../../shared/i18n/format.ts';
import { contentSecurityPolicy } from '../../shared/ui/page-policy.ts';
import type { NetworkState } from './network-state.ts';
import type { Fall } from './parts.ts';
import type { Ports } from './places.ts';
import { root } from './places.ts';
import { type CommandName, commandNames, type Words, words } from './start-texts.ts';

/** What the page tells of. `stateFlag`: ` --state DIR` where the network is not kept at the usual place. */
export type StartPageContent = {
  readonly state: NetworkState;
  readonly urls: Readonly<Record<string, string>>;
  readonly stateFlag: string;
  readonly falls: () => readonly Fall[];
};

/** As they can be pasted. */
function commandsOf({ state, stateFlag }: StartPageContent): Readonly<Record<CommandName, string>> {
  const admin = (command: string) => `npm run admin -- ${command}${stateFlag}`;
  const own = (command: string) => `npm run ${command}${stateFlag ? ` --${stateFlag}` : ''}`;
  const body = '{"text":"…","context":"counter"}';
  return {
    wallet: own('wallet'),
    bind: `npm run wallet -- bind …${stateFlag}`,
    revoke: admin(`credential revoke --number ${state.people[0]?.number ?? '…'} --reason lost`),
    line: `npm run line -- cut${stateFlag}`,
    hours: admin(`centre hours ${state.centre.id} --open 08:00-16:00 --days sun,mon,tue,wed,thu`),
    invite: admin(`kiosk invite --centre ${state.centre.id} --name "Desk 2"`),
    verify: `curl -s ${state.edgeUrl}/v1/verify -H 'Authorization: Bearer ${state.verifier.key}' -H 'Content-Type: application/json' -d '${body}'`,
    demo: 'npm run demo',
    reset: own('reset'),
  };
}

/** What fell and runs again is told for so long; what stays down, always. */
const toldMs = 600_000;

/** One sentence a part. */
function fallen(locale: 'ar' | 'en', falls: readonly Fall[]): readonly string[] {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  return falls
    .filter(({ standing, atMs }) => standing !== 'again' || Date.now() - atMs < toldMs)
    .map(({ part, standing, atMs }) =>
      words[locale].fallen[standing](part, formatTime(locale, Math.floor(atMs / 1000), timeZone)),
    );
}

function page(locale: 'ar' | 'en', content: StartPageContent): string {
  const { state, urls } = content;
  const t = words[locale];
  const commands = commandsOf(content);
  const other = locale === 'ar' ? 'en' : 'ar';
  const place = (key: keyof Words['places']) =>
    html`<li><a href="${urls[key] ?? ''}"><b>${t.places[key][0]}</b><span>${t.places[key][1]}</span><code dir="ltr">${urls[key] ?? ''}</code></a></li>`;
  const now = fallen(locale, content.falls());
  const supervisor = state.operators.find(({ finger }) => finger);
  const document = html`<!doctype html>
<html lang="${locale}" dir="${t.dir}">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${t.title}</title>
<link rel="stylesheet" href="/ui/ui.css"><link rel="stylesheet" href="/start.css"><link rel="icon" href="/ui/mark.svg">
<script type="module" src="/start.js"></script>
</head>
<body>
<header><img src="/ui/mark.svg" alt="" width="48" height="48"><div><h1>${t.title}</h1><p>${t.lead}</p></div>
<a class="language" href="/?lang=${other}" lang="${other}" hreflang="${other}">${t.other}</a></header>
<main>
<div id="parts" role="status" data-ended="${t.ended}" data-shown="${JSON.stringify(now)}">${now.map((line) => html`<p>${line}</p>`)}</div>
<section aria-labelledby="try"><h2 id="try">${t.tryIt}</h2><ol class="steps">
${t.steps.map((step) => html`<li><h3>${step.title}</h3><p>${step.text}</p></li>`)}
</ol></section>
<section aria-labelledby="where"><h2 id="where">${t.where}</h2><ul class="places">
${(['kiosk', 'reader', 'verify', 'service', 'setup', 'discovery'] as const).map(place)}
</ul></section>
<section aria-labelledby="who"><h2 id="who">${t.who}</h2>
<h3>${t.operators}</h3>
<div class="scroll" tabindex="0" role="region" aria-label="${t.operators}"><table><thead><tr><th scope="col">${t.name}</th><th scope="col">${t.role}</th><th scope="col">${t.username}</th><th scope="col">${t.password}</th></tr></thead><tbody>
${state.operators.map((operator) => html`<tr><th scope="row">${operator.name[locale]}</th><td>${operator.role ? t.roles[operator.role] : ''}</td><td><code dir="ltr">${operator.username}</code></td><td><code dir="ltr">${operator.password}</code></td></tr>`)}
</tbody></table></div>
${supervisor ? html`<p>${t.exception(supervisor.name[locale])}</p>` : ''}
<h3>${t.people}</h3><p>${t.population(state.population)}</p>
<div class="scroll" tabindex="0" role="region" aria-label="${t.people}"><table><thead><tr><th scope="col">${t.name}</th><th scope="col">${t.number}</th><th scope="col">${t.born}</th><th scope="col">${t.note}</th></tr></thead><tbody>
${state.people.map(
  (person) =>
    html`<tr><th scope="row">${person.name[locale]}</th><td><code dir="ltr">${person.number}</code></td><td><span class="date" dir="ltr">${person.birthDate}</span></td><td>${person.note[locale]}${
      person.login
        ? html`<br><small>${t.canLogIn} <code dir="ltr">${person.login.username}</code> · <code dir="ltr">${person.login.password}</code></small>`
        : ''
    }</td></tr>`,
)}
</tbody></table></div>
<p><small>${t.caption}</small></p></section>
<section aria-labelledby="terminal"><h2 id="terminal">${t.terminal}</h2>
<dl class="commands">
${commandNames.map((name) => html`<div><dt><code dir="ltr">${commands[name]}</code></dt><dd>${t.commands[name]}</dd></div>`)}
</dl></section>
</main>
</body></html>`;
  return String(document);
}

const style = `
body { margin: 0 auto; max-width: 72rem; padding: 1.5rem clamp(1rem, 4vw, 3rem) 4rem; }
header { display: flex; gap: 1rem; align-items: start; flex-wrap: wrap; }
header div { flex: 1 1 20rem; }
#parts p { margin: 1rem 0 0; padding: .75rem 1rem; border: 1px solid var(--undecided); border-inline-start-width: .375rem; border-radius: .5rem; background: var(--undecided-tint); color: var(--undecided); }
h1 { margin: 0; line-height: 1.3; }
h2 { margin-block: 2.5rem 1rem; }
h3 { margin-block: 1.5rem .5rem; }
.date { white-space: nowrap; }
.language { padding: .75rem 1rem; min-height: 44px; box-sizing: border-box; }
.steps, .places { list-style: none; padding: 0; display: grid; gap: 1rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 18rem), 1fr)); }
.steps { counter-reset: step; }
.steps li { counter-increment: step; border: 1px solid var(--line); border-radius: 1rem; padding: 1rem 1.25rem; background: var(--surface); }
.steps h3::before { content: counter(step) ". "; }
:lang(ar) .steps h3::before { content: counter(step, arabic-indic) ". "; }
.steps h3 { margin-block: 0 .25rem; }
.steps p { margin: 0; }
.places a { display: grid; gap: .125rem; min-height: 44px; padding: 1rem 1.25rem; border: 1px solid var(--line); border-radius: 1rem; background: var(--surface); color: inherit; text-decoration: none; }
.places a:hover, .places a:focus-visible { border-color: currentColor; }
.places code { opacity: .75; overflow-wrap: anywhere; text-align: start; }
.scroll { overflow-x: auto; }
.scroll + p { margin-block-start: .75rem; }
table { border-collapse: collapse; width: 100%; min-width: 36rem; }
td code { white-space: nowrap; }
th, td { text-align: start; padding: .5rem .75rem; border-block-end: 1px solid var(--line); vertical-align: top; }
.commands { margin: 0; display: grid; gap: 1rem; }
.commands div { border: 1px solid var(--line); border-radius: 1rem; padding: 1rem 1.25rem; background: var(--surface); }
.commands code { display: block; overflow-wrap: anywhere; text-align: left; unicode-bidi: isolate; }
.commands dd { margin: .5rem 0 0; }
`;

const csp = contentSecurityPolicy({ scripts: 'own' });
const mediaTypes: Record<string, string> = { '.css': 'text/css', '.svg': 'image/svg+xml', '.woff2': 'font/woff2' };

/** Serves the page on 127.0.0.1 until the server is closed. */
export async function startStartPage(ports: Pick<Ports, 'startPage'>, content: StartPageContent): Promise<Server> {
  const assets = path.join(root, 'dist/assets/ui');
  const hosts = [`localhost:${ports.startPage}`, `127.0.0.1:${ports.startPage}`];
  const { transform } = await import('esbuild');
  const source = await readFile(path.join(import.meta.dirname, 'start-parts.ts'), 'utf8');
  const { code: script } = await transform(source, { loader: 'ts' });
  const server = createServer(async (request, response) => {
    const answer = (status: number, type: string, body: string | Buffer) => {
      response.writeHead(status, {
        'Content-Type': type.startsWith('text/') ? `${type}; charset=utf-8` : type,
        'Content-Security-Policy': csp,
        'X-Content-Type-Options': 'nosniff',
        'Referrer-Policy': 'no-referrer',
        'Cache-Control': 'no-store',
      });
      response.end(body);
    };
    // SECURITY: a name that was made to lead here would let its page read the passwords.
    if (!hosts.includes(request.headers.host ?? '')) return answer(421, 'text/plain', 'not here');
    const url = new URL(request.url ?? '/', 'http://localhost');
    if (request.method !== 'GET' && request.method !== 'HEAD') return answer(405, 'text/plain', 'GET only');
    const locale = url.searchParams.get('lang') === 'en' ? 'en' : 'ar';
    if (url.pathname === '/') return answer(200, 'text/html', page(locale, content));
    if (url.pathname === '/parts')
      return answer(200, 'application/json', JSON.stringify(fallen(locale, content.falls())));
    if (url.pathname === '/start.js') return answer(200, 'text/javascript', script);
    if (url.pathname === '/start.css') return answer(200, 'text/css', style);
    const file = path.join(assets, path.normalize(url.pathname.replace(/^\/ui\//, '/')));
    const type = mediaTypes[path.extname(file)];
    if (!url.pathname.startsWith('/ui/') || !file.startsWith(assets + path.sep) || !type)
      return answer(404, 'text/plain', 'not found');
    try {
      answer(200, type, await readFile(file));
    } catch {
      answer(404, 'text/plain', 'not found');
    }
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(ports.startPage, '127.0.0.1', () => resolve(server));
  });
}
