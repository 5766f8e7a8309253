// Leaving: are you sure, and goodbye.

import { formatDuration } from '../../../shared/i18n/format.ts';
import type { Back } from '../session/end-session.ts';
import { type Frame, Layout } from './layout.tsx';
import { texts } from './texts.ts';

export function LogoutPage(props: { readonly frame: Frame; readonly back: Back }) {
  const { locale } = props.frame;
  const t = texts[locale];
  const { clientId, redirectUri, state } = props.back;
  const fields = [
    ['client_id', clientId],
    ['post_logout_redirect_uri', redirectUri],
    ['state', state],
  ] as const;
  return (
    <Layout frame={props.frame} heading={t.logoutTitle}>
      <h1>{t.logoutTitle}</h1>
      <p>{t.logoutAsk}</p>
      <form method="post" action={`/logout/confirm?lang=${locale}`}>
        {fields.map(([name, value]) => (value === null ? null : <input type="hidden" name={name} value={value} />))}
        <button type="submit">{t.logoutYes}</button>
      </form>
      <p class="soft">{t.logoutNo}</p>
    </Layout>
  );
}

export function LoggedOutPage(props: { readonly frame: Frame }) {
  const t = texts[props.frame.locale];
  return (
    <Layout frame={props.frame} heading={t.loggedOut}>
      <h1>{t.loggedOut}</h1>
      <p class="soft">{t.loggedOutHelp}</p>
    </Layout>
  );
}

/** The person allowed a device that has no browser: the rest happens there. */
export function DeviceDonePage(props: { readonly frame: Frame }) {
  const t = texts[props.frame.locale];
  return (
    <Layout frame={props.frame} heading={t.deviceDone}>
      <h1>{t.deviceDone}</h1>
      <p class="soft">{t.deviceDoneHelp}</p>
    </Layout>
  );
}

/** `refused`: why the form is shown again; with seconds to wait, whatever the code was. */
export function DeviceCodePage(props: {
  readonly frame: Frame;
  readonly code: string;
  readonly refused: { readonly waitSeconds: number | null } | null;
}) {
  const { locale } = props.frame;
  const t = texts[locale];
  const waits = props.refused?.waitSeconds ?? null;
  return (
    <Layout frame={props.frame} heading={t.deviceTitle}>
      <h1>{t.deviceTitle}</h1>
      {props.refused ? (
        <div class="notice" role="alert">
          {waits === null ? t.deviceWrong : t.deviceWait.replace('{wait}', formatDuration(locale, waits))}
        </div>
      ) : null}
      <form method="post" action={`/device?lang=${props.frame.locale}`}>
        <label for="user_code">{t.deviceCode}</label>
        <input
          id="user_code"
          name="user_code"
          dir="ltr"
          autocomplete="off"
          autocapitalize="characters"
          maxlength={20}
          required
          value={props.code}
        />
        <p class="soft">{t.deviceHelp}</p>
        <button type="submit">{t.next}</button>
      </form>
    </Layout>
  );
}
