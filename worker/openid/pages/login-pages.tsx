// What a person sees between a service and its answer: who are you, type this number, may it see this. Works without a script.
// Long: one table of pages, each a few lines of form.

import { formatDate } from '../../../shared/i18n/format.ts';
import { type Client, clientName } from '../../clients/client.ts';
import type { Way } from '../authorize/ways.ts';
import type { ConsentLine } from '../consent.ts';
import { type Frame, Layout } from './layout.tsx';
import { PasskeySection } from './passkey-section.tsx';
import { ServiceLinks, ServiceLogo } from './service-mark.tsx';
import { type Locale, type Notice, noticeText, texts } from './texts.ts';

type Common = { readonly frame: Frame; readonly loginId: string; readonly client: Client };
export type ShownNotice = { readonly reason: Notice; readonly seconds?: number };

function action(common: Common, act: string): string {
  return `/login/${common.loginId}/${act}?lang=${common.frame.locale}`;
}

function Heading(props: Common) {
  const { locale } = props.frame;
  return (
    <>
      <ServiceLogo client={props.client} />
      <h1>
        {texts[locale].signInTo} <strong>{clientName(props.client.metadata)[locale]}</strong>
      </h1>
    </>
  );
}

function NoticeBox(props: { readonly frame: Frame; readonly notice: ShownNotice | null }) {
  const { notice, frame } = props;
  if (notice === null) return null;
  return (
    <div class="notice" role="alert">
      {noticeText(frame.locale, notice.reason, notice.seconds)}
    </div>
  );
}

function Cancel(props: Common) {
  return (
    <form class="plain" method="post" action={action(props, 'cancel')}>
      <button class="link" type="submit">
        {texts[props.frame.locale].cancel}
      </button>
    </form>
  );
}

const passwordNotices: ReadonlySet<string> = new Set([
  'credentials_wrong',
  'second_factor_needed',
  'too_many_tries',
  'authenticator_disabled',
]);

/** As people type it: Arabic-Indic digits or ASCII ones, with spaces and dashes between them (digitsOf of the routes reads it). */
const numberPattern = (() => {
  const between = '[\\s\\-\\u200e\\u200f]*';
  return `${between}[1-7\u0661-\u0667\u06f1-\u06f7](${between}[0-9\u0660-\u0669\u06f0-\u06f9]){9}${between}`;
})();

/** The ways that can reach what is asked, and no other. `hint`: what the service believes the user name to be (login_hint). */
export function IdentifyPage(
  props: Common & {
    readonly notice: ShownNotice | null;
    readonly hint: string | null;
    readonly ways: readonly Way[];
  },
) {
  const { ways } = props;
  const t = texts[props.frame.locale];
  const hintIsNumber = /^\d{10}$/.test(props.hint ?? '');
  // Open when the service named a user name, when it was the password that was refused, or when there is nothing else.
  const passwordFirst =
    (props.hint !== null && !hintIsNumber) || passwordNotices.has(props.notice?.reason ?? '') || ways.length === 1;
  return (
    <Layout frame={props.frame} heading={t.signIn}>
      <Heading {...props} />
      <NoticeBox frame={props.frame} notice={props.notice} />
      {ways.includes('number') ? <NumberSection {...props} hint={hintIsNumber ? props.hint : null} /> : null}
      {ways.every((way) => way === 'passkey') ? <p>{t.onlyPasskey}</p> : null}
      {ways.includes('passkey') ? (
        <PasskeySection
          heading={t.byPasskey}
          help={t.byPasskeyHelp}
          action={action(props, 'passkey')}
          options={`/login/${props.loginId}/passkey-options`}
        />
      ) : null}
      {ways.includes('password') ? (
        <PasswordSection {...props} hint={hintIsNumber ? null : props.hint} open={passwordFirst} />
      ) : null}
      <section>
        <p class="soft">{t.notActive}</p>
        <p>
          <a href={`/recover?lang=${props.frame.locale}`}>{t.lost}</a>
        </p>
        <Cancel {...props} />
      </section>
    </Layout>
  );
}

function NumberSection(props: Common & { readonly hint: string | null }) {
  const t = texts[props.frame.locale];
  return (
    <section>
      <h2>{t.byNumber}</h2>
      <p class="soft" id="number-help">
        {t.byNumberHelp}
      </p>
      <form method="post" action={action(props, 'number')}>
        <label for="number">{t.number}</label>
        <input
          id="number"
          name="number"
          dir="ltr"
          inputmode="numeric"
          autocomplete="off"
          pattern={numberPattern}
          maxlength={32}
          required
          title={t.numberHelp}
          aria-describedby="number-help"
          {...(props.hint === null ? {} : { value: props.hint })}
        />
        <button type="submit">{t.next}</button>
      </form>
      <form class="plain" method="post" action={action(props, 'scan')}>
        <button type="submit" class="quiet">
          {t.byScan}
        </button>
      </form>
    </section>
  );
}

function PasswordSection(props: Common & { readonly hint: string | null; readonly open: boolean }) {
  const t = texts[props.frame.locale];
  return (
    <details open={props.open}>
      <summary>{t.byPassword}</summary>
      <form method="post" action={action(props, 'password')}>
        <label for="username">{t.username}</label>
        <input
          id="username"
          name="username"
          dir="auto"
          autocomplete="username"
          autocapitalize="none"
          spellcheck={false}
          maxlength={64}
          required
          {...(props.hint === null ? {} : { value: props.hint })}
        />
        <label for="password">{t.password}</label>
        <input
          id="password"
          name="password"
          type="password"
          dir="auto"
          autocomplete="current-password"
          maxlength={512}
          required
        />
        <label for="otp">{t.otp}</label>
        <input
          id="otp"
          name="otp"
          dir="ltr"
          autocomplete="one-time-code"
          autocapitalize="none"
          spellcheck={false}
          maxlength={32}
        />
        <button type="submit" class="quiet">
          {t.signIn}
        </button>
      </form>
    </details>
  );
}

/** The number to be typed in the wallet. The page goes on by itself when the wallet has answered. */
export function NumberPage(props: Common & { readonly number: string }) {
  const t = texts[props.frame.locale];
  return (
    <Layout frame={props.frame} heading={t.typeThis}>
      <Heading {...props} />
      <h2>{t.typeThis}</h2>
      <script src="/login/wait.js" defer />
      <p class={props.number.length === 6 ? 'number six' : 'number'} id="number">
        {props.number}
      </p>
      <p>{t.typeThisHelp}</p>
      <Waiting {...props} text={t.waiting} more={t.notActive} />
    </Layout>
  );
}

/** A code that changes every few seconds, for the wallet to read: the image is asked for again, by the script or with the page. */
export function CodePage(props: Common) {
  const t = texts[props.frame.locale];
  return (
    <Layout frame={props.frame} heading={t.scanTitle}>
      <Heading {...props} />
      <h2>{t.scanTitle}</h2>
      <script src="/login/wait.js" defer />
      <img class="code-frame" id="code-frame" src={`/login/${props.loginId}/code.svg`} alt={t.scanAlt} />
      <p>{t.scanHelp}</p>
      <Waiting {...props} text={t.scanWaiting} />
    </Layout>
  );
}

/** A wallet has read the code: the rest happens there. */
export function ScannedPage(props: Common) {
  const t = texts[props.frame.locale];
  return (
    <Layout frame={props.frame} heading={t.scannedTitle}>
      <Heading {...props} />
      <h2>{t.scannedTitle}</h2>
      <script src="/login/wait.js" defer />
      <p>{t.scannedHelp}</p>
      <Waiting {...props} text={t.waiting} />
    </Layout>
  );
}

/** What stands under whatever waits for the app: how it stands, a way to look again, other ways, and the way back. */
function Waiting(props: Common & { readonly text: string; readonly more?: string }) {
  const t = texts[props.frame.locale];
  return (
    <>
      <p class="soft" role="status">
        {props.text}
      </p>
      <a class="button quiet" href={`/login/${props.loginId}?lang=${props.frame.locale}`}>
        {t.refresh}
      </a>
      <section>
        {props.more === undefined ? null : <p class="soft">{props.more}</p>}
        <form class="plain" method="post" action={action(props, 'again')}>
          <button class="link" type="submit">
            {t.otherWay}
          </button>
        </form>
        <Cancel {...props} />
      </section>
    </>
  );
}

/** The name of a claim's box, before the claim's. */
export const claimBox = 'claim.';

/**
 * What is asked for, each with its purpose: what the service cannot do without is said, of everything else the person takes out what it
 * shall not have. `untilDay`: the civil day to which a yes is remembered, `YYYY-MM-DD`.
 */
export function ConsentPage(
  props: Common & {
    readonly claims: readonly ConsentLine[];
    readonly offline: boolean;
    readonly untilDay: string;
  },
) {
  const { locale } = props.frame;
  const { claims } = props;
  const t = texts[locale];
  const hasBoxes = claims.some(({ essential }) => !essential);
  return (
    <Layout frame={props.frame} heading={t.consentTitle}>
      <Heading {...props} />
      <h2>{t.consentTitle}</h2>
      <form method="post" action={action(props, 'consent')}>
        {hasBoxes ? (
          <>
            <p class="soft">{t.consentChoose}</p>
            <input type="hidden" name="boxes" value="yes" />
          </>
        ) : null}
        <ul class="claims">
          <li>{claims.length === 0 ? t.consentOnly : t.consentAlso}</li>
          {claims.map((line) => (
            <ClaimLine locale={locale} {...line} />
          ))}
          {props.offline ? <li>{t.consentOffline}</li> : null}
        </ul>
        <p class="soft">{t.consentUntil.replace('{day}', formatDate(locale, props.untilDay))}</p>
        <button type="submit" name="decision" value="allow">
          {t.allow}
        </button>
        <button type="submit" name="decision" value="deny" class="quiet">
          {t.deny}
        </button>
      </form>
      <ServiceLinks client={props.client} locale={locale} />
    </Layout>
  );
}

function ClaimLine({ locale, name, why, essential, keptBack }: ConsentLine & { readonly locale: Locale }) {
  const t = texts[locale];
  const called = t.claim[name] ?? name;
  const id = `${claimBox}${name}`;
  const reason = why === null ? t.consentNoReason : `${t.consentWhy}: ${why[locale]}`;
  if (essential)
    return (
      <li>
        {called} <span class="tag">{t.consentNeeded}</span>
        <span>{reason}</span>
      </li>
    );
  return (
    <li>
      <label class="box" for={id}>
        <input type="checkbox" id={id} name={id} value="yes" checked={!keptBack} aria-describedby={`${id}.why`} />
        {called}
      </label>
      <span id={`${id}.why`}>{reason}</span>
    </li>
  );
}

/** A refusal that goes nowhere: no client or address is known to be right. */
export function ProblemPage(props: { readonly frame: Frame; readonly reason: Notice }) {
  const t = texts[props.frame.locale];
  return (
    <Layout frame={props.frame} heading={t.problemTitle}>
      <h1>{t.problemTitle}</h1>
      <NoticeBox frame={props.frame} notice={{ reason: props.reason }} />
      <p class="soft">
        <code>{props.reason}</code>
      </p>
    </Layout>
  );
}

/** What the one button of such a page goes on with, and what is said above it. */
const onwards = {
  service: { button: 'continue', help: null },
  login: { button: 'continueLogin', help: 'continueLoginHelp' },
  logout: { button: 'continueLogout', help: 'continueLogoutHelp' },
} as const;

/** A form that is sent on, such as response_mode=form_post (OAuth 2.0 Form Post Response Mode §2): the script only presses the button. */
export function FormPostPage(props: {
  readonly frame: Frame;
  readonly to: string;
  readonly fields: readonly (readonly [string, string])[];
  readonly onTo: keyof typeof onwards;
}) {
  const t = texts[props.frame.locale];
  const { button, help } = onwards[props.onTo];
  return (
    <Layout frame={props.frame} heading={t[button]}>
      {help === null ? null : (
        <>
          <h1>{t[button]}</h1>
          <p>{t[help]}</p>
        </>
      )}
      <form method="post" action={props.to} id="form-post">
        {props.fields.map(([name, value]) => (
          <input type="hidden" name={name} value={value} />
        ))}
        <button type="submit">{t[button]}</button>
      </form>
      <script src="/login/form-post.js" defer />
    </Layout>
  );
}
