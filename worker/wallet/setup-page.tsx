// The page where a person sets user name and password with the code of their activation. Works without a script.
import { setupPath } from '../../shared/contract/public-paths.ts';
import type { SetupUse } from '../authn/setup-code.ts';
import { type Frame, Layout } from '../openid/pages/layout.tsx';
import { PasskeySection } from '../openid/pages/passkey-section.tsx';
import { BackToAccount } from './account-steps.tsx';
import { type SetupReason, setupTexts } from './setup-texts.ts';
import { totpPath } from './totp-pages.tsx';

type Typed = { readonly code: string; readonly username: string };

/** `typed` is shown again after a refusal; a password never is. */
export function SetupPage(props: {
  readonly frame: Frame;
  readonly typed: Typed;
  readonly refused: SetupReason | null;
  /** Of a code that may bind only some things: those, with the code already in place. */
  readonly only?: readonly SetupUse[];
  /** Shown above: what was just done, or a wallet's code; empty for nothing. */
  readonly lead?: string;
}) {
  const t = setupTexts[props.frame.locale];
  const { typed, refused, only } = props;
  const has = (use: SetupUse) => only === undefined || only.includes(use);
  const wrong = (field: string) => (refused?.startsWith(field) ? { 'aria-invalid': 'true' as const } : {});
  return (
    <Layout frame={props.frame} heading={t.heading}>
      <h1>{t.heading}</h1>
      {props.lead === '' ? null : <p>{props.lead ?? t.lead}</p>}
      {refused === null ? null : (
        <div class="notice" role="alert">
          {t.refused[refused]}
        </div>
      )}
      {only === undefined || has('password') ? null : <input type="hidden" id="code" value={typed.code} />}
      {has('password') ? (
        <section>
          <form method="post" action={`${setupPath}?lang=${props.frame.locale}`}>
            <label for="code">{t.code}</label>
            <p class="soft" id="code-help">
              {t.codeHelp}
            </p>
            <input
              id="code"
              name="code"
              dir="ltr"
              autocomplete="one-time-code"
              autocapitalize="none"
              spellcheck={false}
              maxlength={64}
              required
              aria-describedby="code-help"
              value={typed.code}
              {...wrong('setup_code')}
            />
            <label for="username">{t.username}</label>
            <p class="soft" id="username-help">
              {t.usernameHelp}
            </p>
            <input
              id="username"
              name="username"
              dir="auto"
              autocomplete="username"
              autocapitalize="none"
              spellcheck={false}
              maxlength={64}
              required
              aria-describedby="username-help"
              value={typed.username}
              {...wrong('username')}
            />
            <label for="password">{t.password}</label>
            <p class="soft" id="password-help">
              {t.passwordHelp}
            </p>
            <input
              id="password"
              name="password"
              type="password"
              dir="auto"
              autocomplete="new-password"
              maxlength={512}
              required
              aria-describedby="password-help"
              {...wrong('password')}
            />
            <button type="submit">{t.save}</button>
          </form>
        </section>
      ) : null}
      {has('passkey') ? (
        <PasskeySection
          heading={t.passkey}
          help={only === undefined ? t.passkeyHelp : t.passkeyHere}
          action={`${setupPath}/passkey?lang=${props.frame.locale}`}
          options={`${setupPath}/passkey-options?lang=${props.frame.locale}`}
        >
          <input type="hidden" name="code" />
        </PasskeySection>
      ) : null}
      {has('totp') ? (
        <section>
          <h2>{t.totp}</h2>
          <p class="soft">{t.totpHelp}</p>
          <form method="post" action={`${totpPath}?lang=${props.frame.locale}`}>
            <label for="totp-code">{t.code}</label>
            <input
              id="totp-code"
              name="code"
              dir="ltr"
              autocomplete="off"
              autocapitalize="none"
              spellcheck={false}
              maxlength={64}
              required
              {...(only ? { value: typed.code } : {})}
            />
            <button type="submit" class="quiet">
              {t.totp}
            </button>
          </form>
        </section>
      ) : null}
    </Layout>
  );
}

/** `deviceBound`: it cannot leave the device, so it reaches the highest level. */
export function PasskeyDonePage(props: {
  readonly frame: Frame;
  readonly deviceBound: boolean;
  /** What it earns. */
  readonly high: boolean;
}) {
  const t = setupTexts[props.frame.locale];
  return (
    <Layout frame={props.frame} heading={t.passkeyDone}>
      <h1>{t.passkeyDone}</h1>
      <p role="status">{props.high ? t.passkeyDeviceBound : props.deviceBound ? t.passkeyCapped : t.passkeySynced}</p>
      <BackToAccount frame={props.frame} />
    </Layout>
  );
}

/** `alone`: the password is long enough to log in by itself. */
export function SetupDonePage(props: { readonly frame: Frame; readonly alone: boolean }) {
  const t = setupTexts[props.frame.locale];
  return (
    <Layout frame={props.frame} heading={t.doneHeading}>
      <h1>{t.doneHeading}</h1>
      <p role="status">{props.alone ? t.doneAlone : t.doneBeside}</p>
      <BackToAccount frame={props.frame} />
    </Layout>
  );
}
