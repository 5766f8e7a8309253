// The reference as a page: no script, nothing folded away (a browser's own search finds every word), both languages.

import { Layout } from '../openid/pages/layout.tsx';
import type { Locale } from '../openid/pages/texts.ts';
import { documentPath, idOf, operations, schemaOf } from './document.ts';
import { fieldsOf } from './fields.ts';
import { type Auth, type Content, type Operation, type Tag, tags } from './operation.ts';

export const referenceStylePath = '/reference/style.css';

export const referenceStyle = `
nav{margin-block-end:1.5rem}
nav ul{columns:2;column-gap:2rem;list-style:none;padding:0;margin:0}
nav a,.back{display:inline-block;padding-block:.2rem}
@media (max-width:40rem){nav ul{columns:1}}
article{border-block-start:1px solid var(--line);padding-block:1.1rem}
article h3{display:flex;flex-wrap:wrap;gap:.2rem .75rem;align-items:baseline;font-weight:600}
article h3 code{overflow-wrap:anywhere}
.method{background:var(--brand);color:var(--on-brand);border-radius:.4rem;padding:0 .5rem;font:700 .8125rem/1.7 var(--mono);text-transform:uppercase}
code{font-family:var(--mono);font-size:.875rem}
.facts{display:flex;flex-wrap:wrap;gap:.15rem 1.5rem;margin-block:.3rem 0;color:var(--ink-soft);font-size:var(--text-small)}
table{border-collapse:collapse;inline-size:100%;margin-block:.5rem 0;font-size:var(--text-small)}
caption{text-align:start;font-weight:600;padding-block:.35rem .15rem}
td,th{text-align:start;vertical-align:top;padding-block:.2rem;padding-inline:0 .6rem;border-block-start:1px solid var(--line)}
th{font-weight:400;inline-size:45%;overflow-wrap:anywhere}
td{overflow-wrap:anywhere;color:var(--ink-soft)}
td code{color:inherit}
.doors{list-style:none;padding:0;margin:0}
.doors li{border-block-start:1px solid var(--line);padding-block:.6rem}
.doors a{display:block;padding-block:.4rem;font-weight:600}
.doors span{color:var(--ink-soft)}
abbr{text-decoration:none;color:var(--rejected)}
`;

const words = {
  ar: {
    title: 'مرجع الواجهات',
    lead: 'كل عنوان يجيب عليه الخادم، وما يُرسَل إليه وما يعود منه. صُنعت هذه الصفحة من الأشكال التي يقرأ بها الخادم نفسه.',
    machines: 'للآلات: OpenAPI 3.1',
    guide: 'كل رفض له سبب ثابت: وثيقة RFC 9457 في واجهاتنا، ورمز OAuth حيث تُستعمل OAuth.',
    star: 'ما عليه * لازم.',
    contents: 'المحتويات',
    scope: 'الصلاحية',
    sends: 'يُرسَل',
    query: 'في العنوان',
    answers: 'يعود',
    required: 'لازم',
    noBody: 'بلا محتوى',
    asIs: 'كما هو',
    top: 'إلى المحتويات',
    auth: {
      none: 'بلا إثبات',
      client: 'إثبات الخدمة: سر أو توقيع',
      access_token: 'رمز وصول',
      registration: 'رمز التسجيل',
      initial_access: 'رمز الوصول الأول',
      api_key: 'مفتاح المنشأة',
      app_key: 'APP-ID و APP-KEY: معرّف الخدمة وسرها',
      admin: 'رمز مشرف',
      kiosk_signature: 'توقيع الكشك',
      in_body: 'الإثبات في المحتوى نفسه',
    },
  },
  en: {
    title: 'API reference',
    lead: 'Every address that the edge answers at, what goes in and what comes back. This page is made from the very shapes that the edge parses with.',
    machines: 'For machines: OpenAPI 3.1',
    guide:
      'Every refusal has a stable reason: an RFC 9457 problem on our own APIs, an OAuth error where OAuth is spoken.',
    star: 'What has a * is required.',
    contents: 'Contents',
    scope: 'scope',
    sends: 'Sent',
    query: 'In the address',
    answers: 'Comes back',
    required: 'required',
    noBody: 'no body',
    asIs: 'as it is',
    top: 'To the contents',
    auth: {
      none: 'no proof',
      client: 'the service proves itself: secret or signature',
      access_token: 'access token',
      registration: 'registration token',
      initial_access: 'initial access token',
      api_key: "the business's API key",
      app_key: "APP-ID and APP-KEY: the service's id and secret",
      admin: "an administrator's token",
      kiosk_signature: "the kiosk's signature",
      in_body: 'the proof is in the body',
    },
  },
} as const satisfies Record<Locale, { auth: Record<Auth, string> } & Record<string, unknown>>;

function Fields(props: { readonly locale: Locale; readonly caption: string; readonly schema: unknown }) {
  const t = words[props.locale];
  const fields = fieldsOf(props.schema);
  return (
    <table>
      <caption>{props.caption}</caption>
      {fields.length === 0 ? (
        <tbody>
          <tr>
            <td>{t.asIs}</td>
          </tr>
        </tbody>
      ) : (
        <tbody>
          {fields.map((field) => (
            <tr>
              <th scope="row">
                <code dir="ltr">{field.name}</code>
                {field.required ? <abbr title={t.required}>{' *'}</abbr> : null}
              </th>
              <td>
                <code dir="ltr">{field.type}</code>
              </td>
            </tr>
          ))}
        </tbody>
      )}
    </table>
  );
}

function Answer(props: { readonly locale: Locale; readonly status: string; readonly content: Content | null }) {
  const { locale, status, content } = props;
  const t = words[locale];
  if (content === null)
    return (
      <p class="facts">
        {t.answers} {status}: {t.noBody}
      </p>
    );
  return (
    <Fields
      locale={locale}
      caption={`${t.answers} ${status} (${content.media})`}
      schema={schemaOf(content.schema, 'output')}
    />
  );
}

function Row(props: { readonly locale: Locale; readonly operation: Operation }) {
  const { locale, operation } = props;
  const t = words[locale];
  return (
    <article id={idOf(operation)}>
      <h3>
        <span class="method" dir="ltr">
          {operation.method}
        </span>
        <code dir="ltr">{documentPath(operation.path)}</code>
        <span>{operation[locale]}</span>
      </h3>
      <p class="facts">
        <span>{t.auth[operation.auth]}</span>
        {operation.scope === undefined ? null : (
          <span>
            {t.scope} <code dir="ltr">{operation.scope}</code>
          </span>
        )}
      </p>
      {operation.query ? (
        <Fields locale={locale} caption={t.query} schema={schemaOf(operation.query, 'input')} />
      ) : null}
      {operation.body ? (
        <Fields
          locale={locale}
          caption={`${t.sends} (${operation.body.media})`}
          schema={schemaOf(operation.body.schema, 'input')}
        />
      ) : null}
      {Object.entries(operation.answers).map(([status, content]) => (
        <Answer locale={locale} status={status} content={content} />
      ))}
    </article>
  );
}

export function ReferencePage(props: { readonly locale: Locale }) {
  const { locale } = props;
  const t = words[locale];
  const subjects = Object.keys(tags) as Tag[];
  const otherLanguage = `/reference?lang=${locale === 'ar' ? 'en' : 'ar'}`;
  return (
    <Layout frame={{ locale, otherLanguage, wide: true }} heading={t.title}>
      <link rel="stylesheet" href={referenceStylePath} />
      <h1>{t.title}</h1>
      <p>{t.lead}</p>
      <p>
        {t.guide} {t.star} <a href="/openapi.json">{t.machines}</a>
      </p>
      <nav aria-labelledby="contents">
        <h2 id="contents">{t.contents}</h2>
        <ul>
          {subjects.map((tag) => (
            <li>
              <a href={`#${tag}`}>{tags[tag][locale]}</a>
            </li>
          ))}
        </ul>
      </nav>
      {subjects.map((tag) => (
        <section aria-labelledby={tag}>
          <h2 id={tag}>{tags[tag][locale]}</h2>
          {operations
            .filter((operation) => operation.tag === tag)
            .map((operation) => (
              <Row locale={locale} operation={operation} />
            ))}
          <a class="back" href="#contents">
            {t.top}
          </a>
        </section>
      ))}
    </Layout>
  );
}
