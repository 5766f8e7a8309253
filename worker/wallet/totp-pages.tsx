// The pages on which an authenticator app is bound: the secret to type in it, then the recovery codes. Work without a script.
import { type Frame, Layout } from '../openid/pages/layout.tsx';
import { BackToAccount, Codes } from './account-steps.tsx';
import { setupTexts } from './setup-texts.ts';

export const totpPath = '/setup/totp';

/** `secret`: Base32. The setup code goes along, so that the first code of the app can use it. */
export function TotpPage(props: {
  readonly frame: Frame;
  readonly code: string;
  readonly secret: string;
  readonly wrong: boolean;
}) {
  const t = setupTexts[props.frame.locale];
  return (
    <Layout frame={props.frame} heading={t.totp}>
      <h1>{t.totp}</h1>
      {props.wrong ? (
        <div class="notice" role="alert">
          {t.otpWrong}
        </div>
      ) : null}
      <p>{t.totpSecret}</p>
      <p dir="ltr">
        <code id="secret">{(props.secret.match(/.{1,4}/g) ?? []).join(' ')}</code>
      </p>
      <p>
        <a href={`otpauth://totp/Tawthiq?secret=${props.secret.toUpperCase()}&issuer=Tawthiq`}>{t.totpOpen}</a>
      </p>
      <form method="post" action={`${totpPath}?lang=${props.frame.locale}`}>
        <input type="hidden" name="code" value={props.code} />
        <label for="otp">{t.otp}</label>
        <input id="otp" name="otp" dir="ltr" inputmode="numeric" autocomplete="one-time-code" maxlength={8} required />
        <button type="submit">{t.save}</button>
      </form>
    </Layout>
  );
}

/** `codes`: shown once; null: the person's own stay as they are. */
export function TotpDonePage(props: { readonly frame: Frame; readonly codes: readonly string[] | null }) {
  const t = setupTexts[props.frame.locale];
  return (
    <Layout frame={props.frame} heading={t.totpDone}>
      <h1>{t.totpDone}</h1>
      <p role="status">{props.codes ? t.recoveryHelp : t.recoveryKept}</p>
      {props.codes ? <Codes codes={props.codes} /> : null}
      <BackToAccount frame={props.frame} />
    </Layout>
  );
}
