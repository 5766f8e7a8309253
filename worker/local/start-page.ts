// The page that `npm start` opens on: where everything is, who can log in, three things to try; Arabic first.
// It listens on 127.0.0.1 and shows demo passwords: it is part of no deployment.
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import path from 'node:path';
import { html, raw } from 'hono/html';
import { contentSecurityPolicy } from '../../shared/ui/page-policy.ts';
import type { NetworkState } from './network-state.ts';
import type { Ports } from './places.ts';
import { root } from './places.ts';

type Words = {
  readonly dir: 'rtl' | 'ltr';
  readonly title: string;
  readonly lead: string;
  readonly other: string;
  readonly where: string;
  readonly places: Readonly<
    Record<'kiosk' | 'verify' | 'service' | 'setup' | 'reader' | 'discovery', readonly [string, string]>
  >;
  readonly who: string;
  readonly operators: string;
  readonly username: string;
  readonly password: string;
  readonly role: string;
  readonly roles: Readonly<Record<'operator' | 'supervisor', string>>;
  /** How a supervisor approves that no finger of the person is read. */
  readonly exception: (supervisor: string) => string;
  readonly people: string;
  readonly number: string;
  readonly name: string;
  readonly born: string;
  readonly note: string;
  readonly population: (count: number) => string;
  readonly canLogIn: string;
  readonly tryIt: string;
  readonly steps: readonly { readonly title: string; readonly text: string }[];
  readonly terminal: string;
  readonly caption: string;
};

const words: Record<'ar' | 'en', Words> = {
  ar: {
    dir: 'rtl',
    title: 'توثيق على هذا الجهاز',
    lead: 'الشبكة كلّها تعمل هنا: الحافة والكشك وقارئ البصمة وخدمة إلكترونية للتجربة. لا شيء يخرج من هذا الجهاز.',
    other: 'English',
    where: 'أين كل شيء',
    places: {
      kiosk: ['الكشك', 'تفعيل الحسابات وفحص الرموز'],
      verify: ['صفحة التحقق', 'لأي منشأة: امسح رمزًا واعرف حكمه في المتصفح نفسه'],
      service: ['خدمة إلكترونية', 'تسجّل دخول الناس بتوثيق'],
      setup: ['إعداد الحساب', 'اسم المستخدم وكلمة المرور برمز يعطيه التفعيل'],
      reader: ['قارئ البصمة المحاكى', 'اختر إصبع من يوضع على الزجاج'],
      discovery: ['وثيقة الاكتشاف', 'لمن يربط خدمته (OpenID Connect)'],
    },
    who: 'من يستطيع الدخول',
    operators: 'موظفو المركز (في الكشك)',
    username: 'اسم المستخدم',
    password: 'كلمة المرور',
    role: 'العمل',
    roles: { operator: 'موظف', supervisor: 'مشرف' },
    exception: (supervisor) =>
      `بصمة ${supervisor} مسجّلة لدى الحافة، وإصبعه في قائمة القارئ المحاكى: بها يوافق على التفعيل بلا بصمة. ابدأ تفعيلًا واختر «لا إصبع تُقرأ»، وصوّر ورقة بكاميرا هذا الجهاز، ثم اكتب اسمه وكلمة مروره، وضع إصبعه على القارئ.`,
    people: 'أشخاص للتجربة',
    number: 'الرقم الموحّد',
    name: 'الاسم',
    born: 'الميلاد',
    note: 'ما يستحق التجربة',
    population: (count) => `في السجل ${new Intl.NumberFormat('ar').format(count)} شخص، وهؤلاء منهم:`,
    canLogIn: 'مفعَّل، ويدخل باسم المستخدم',
    tryIt: 'ثلاثة أشياء للتجربة',
    steps: [
      {
        title: 'فعّل حسابًا',
        text: 'في الكشك سجّل دخول الموظف، واكتب رقم شخص من القائمة، وضع إصبعه على القارئ المحاكى. جرّب إصبع غيره أولًا: يُرفض.',
      },
      {
        title: 'افحص الرمز ثم أبطله',
        text: 'امسح الرمز الذي أعطاه التفعيل أو ألصق نصّه في صفحة التحقق، ثم أبطله بالأمر أدناه وافحصه مرة أخرى.',
      },
      {
        title: 'سجّل الدخول إلى الخدمة',
        text: 'افتح الخدمة الإلكترونية وادخل باسم المستخدم وكلمة المرور لشخص مفعَّل، أو اقرأ الرقم واكتبه في المحفظة.',
      },
    ],
    terminal: 'من الطرفية',
    caption: 'كلمات مرور تجريبية لشبكة تستمع إلى هذا الجهاز وحده.',
  },
  en: {
    dir: 'ltr',
    title: 'Tawthiq on this machine',
    lead: 'The whole network runs here: the edge, a kiosk, a fingerprint reader and an online service to try it with. Nothing leaves this machine.',
    other: 'العربية',
    where: 'Where everything is',
    places: {
      kiosk: ['Kiosk', 'activate accounts, check codes'],
      verify: ['Verifier page', 'for any business: scan a code, the verdict is reached in the browser itself'],
      service: ['Online service', 'logs people in with Tawthiq'],
      setup: ['Account setup', 'user name and password, with the code that activation gives'],
      reader: ['Simulated fingerprint reader', 'choose whose finger is on the glass'],
      discovery: ['Discovery document', 'for whoever connects a service (OpenID Connect)'],
    },
    who: 'Who can log in',
    operators: 'Service-centre staff (at the kiosk)',
    username: 'User name',
    password: 'Password',
    role: 'Work',
    roles: { operator: 'Operator', supervisor: 'Supervisor' },
    exception: (supervisor) =>
      `${supervisor}’s finger is enrolled at the edge and is on the simulated reader’s list: with it he approves an activation without a finger. Begin an activation, choose “No finger can be read”, photograph a sheet of paper with this machine’s camera, type his name and password, then put his finger on the reader.`,
    people: 'People to try it with',
    number: 'Unified number',
    name: 'Name',
    born: 'Born',
    note: 'Worth trying',
    population: (count) => `The registry knows ${new Intl.NumberFormat('en').format(count)} people, these among them:`,
    canLogIn: 'active, logs in as',
    tryIt: 'Three things to try',
    steps: [
      {
        title: 'Activate an account',
        text: 'Log the operator in at the kiosk, type the number of somebody below, put their finger on the simulated reader. Try someone else’s finger first: it is refused.',
      },
      {
        title: 'Check a code, then revoke it',
        text: 'Scan the code that the activation gave, or paste its text, on the verifier page; revoke it with the command below and check it again.',
      },
      {
        title: 'Log in at the service',
        text: 'Open the online service and log in with the user name and password of someone active, or read the number and type it in the wallet.',
      },
    ],
    terminal: 'From a terminal',
    caption: 'Demo passwords of a network that listens on this machine only.',
  },
};

function page(locale: 'ar' | 'en', state: NetworkState, urls: Readonly<Record<string, string>>): string {
  const t = words[locale];
  const other = locale === 'ar' ? 'en' : 'ar';
  const place = (key: keyof Words['places']) =>
    html`<li><a href="${urls[key] ?? ''}"><b>${t.places[key][0]}</b><span>${t.places[key][1]}</span><code dir="ltr">${urls[key] ?? ''}</code></a></li>`;
  const supervisor = state.operators.find(({ finger }) => finger);
  const content = html`<!doctype html>
<html lang="${locale}" dir="${t.dir}">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${t.title}</title>
<link rel="stylesheet" href="/ui/ui.css"><link rel="stylesheet" href="/start.css"><link rel="icon" href="/ui/mark.svg">
</head>
<body>
<header><img src="/ui/mark.svg" alt="" width="48" height="48"><div><h1>${t.title}</h1><p>${t.lead}</p></div>
<a class="language" href="/?lang=${other}" lang="${other}" hreflang="${other}">${t.other}</a></header>
<main>
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
<pre dir="ltr" tabindex="0"><code>npm run admin -- credential revoke --number ${state.people[0]?.number ?? '…'} --reason lost
npm run admin -- kiosk invite --centre ${state.centre.id} --name "Desk 2"
npm run admin -- people import people.ndjson
npm run demo        # ${locale === 'ar' ? raw('the whole story, headless') : 'the whole story, headless'}
npm run reset       # ${'forget everything'}</code></pre></section>
</main>
</body></html>`;
  return String(content);
}

const style = `
body { margin: 0 auto; max-width: 72rem; padding: 1.5rem clamp(1rem, 4vw, 3rem) 4rem; }
header { display: flex; gap: 1rem; align-items: start; flex-wrap: wrap; }
header div { flex: 1 1 20rem; }
h1 { margin: 0; line-height: 1.3; }
h2 { margin-block: 2.5rem 1rem; }
h3 { margin-block: 1.5rem .5rem; }
.date { white-space: nowrap; }
.language { padding: .75rem 1rem; min-height: 44px; box-sizing: border-box; }
.steps, .places { list-style: none; padding: 0; display: grid; gap: 1rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 18rem), 1fr)); }
.steps { counter-reset: step; }
.steps li { counter-increment: step; border: 1px solid var(--line); border-radius: 1rem; padding: 1rem 1.25rem; background: var(--surface); }
.steps h3::before { content: counter(step) ". "; }
.steps h3 { margin-block: 0 .25rem; }
.steps p { margin: 0; }
.places a { display: grid; gap: .125rem; min-height: 44px; padding: 1rem 1.25rem; border: 1px solid var(--line); border-radius: 1rem; background: var(--surface); color: inherit; text-decoration: none; }
.places a:hover, .places a:focus-visible { border-color: currentColor; }
.places code { opacity: .75; overflow-wrap: anywhere; text-align: start; }
.scroll { overflow-x: auto; }
.scroll + p { margin-block-start: .75rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: start; padding: .5rem .75rem; border-block-end: 1px solid var(--line); vertical-align: top; }
pre { overflow-x: auto; padding: 1rem; border-radius: 1rem; border: 1px solid var(--line); background: var(--surface); }
`;

const csp = contentSecurityPolicy({});
const mediaTypes: Record<string, string> = { '.css': 'text/css', '.svg': 'image/svg+xml', '.woff2': 'font/woff2' };

/** Serves the page on 127.0.0.1 until the server is closed. */
export function startStartPage(
  ports: Ports,
  state: NetworkState,
  urls: Readonly<Record<string, string>>,
): Promise<Server> {
  const assets = path.join(root, 'dist/assets/ui');
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost');
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
    if (request.method !== 'GET' && request.method !== 'HEAD') return answer(405, 'text/plain', 'GET only');
    if (url.pathname === '/')
      return answer(200, 'text/html', page(url.searchParams.get('lang') === 'en' ? 'en' : 'ar', state, urls));
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
