// The pages that stand between the account page and a change: prove it, are you sure, here are the codes, recover. No script is needed.
import type { Level } from '../../shared/assurance/level.ts';
import { Layout } from '../openid/pages/layout.tsx';
import { texts as loginTexts } from '../openid/pages/texts.ts';
import { accountPath, type Common } from './account-parts.tsx';
import { accountTexts } from './account-texts.ts';

export const recoverPath = '/recover';

export function BackToAccount({ frame }: Common) {
  return (
    <p class="no-print">
      <a href={`${accountPath}?lang=${frame.locale}`}>{accountTexts[frame.locale].backToAccount}</a>
    </p>
  );
}

/** A fresh login of this level is needed first; to take a lost phone away, one with the password and a code will do. */
export function FreshPage(props: Common & { readonly level: Level; readonly codeIsEnough: boolean }) {
  const { frame, level, codeIsEnough } = props;
  const t = accountTexts[frame.locale];
  return (
    <Layout frame={frame} heading={t.freshTitle}>
      <h1>{t.freshTitle}</h1>
      <p>
        {t.freshAsk} <strong>{t.level[level]}</strong>
      </p>
      <a class="button" href={`${accountPath}/login?lang=${frame.locale}&level=${level}`}>
        {t.freshGo}
      </a>
      {codeIsEnough ? <LostPhone frame={frame} /> : null}
      <section>
        <BackToAccount frame={frame} />
      </section>
    </Layout>
  );
}

/** The way of whoever holds no phone: a login with the password and a code, then the button of that phone. */
function LostPhone({ frame }: Common) {
  const t = accountTexts[frame.locale];
  return (
    <section aria-labelledby="lost-phone">
      <h2 id="lost-phone">{t.lostTitle}</h2>
      <p>{t.lostHelp}</p>
      <a class="button quiet" href={`${accountPath}/login?lang=${frame.locale}&level=low`}>
        {t.lostGo}
      </a>
    </section>
  );
}

/** Removing this takes a level away: it must be meant. */
export function RemoveLastPage(props: Common & { readonly id: string; readonly levels: readonly Level[] }) {
  const { frame, id, levels } = props;
  const t = accountTexts[frame.locale];
  return (
    <Layout frame={frame} heading={t.removeTitle}>
      <h1>{t.removeTitle}</h1>
      <div class="notice careful" role="alert">
        {levels.includes('low') ? (
          <p>{t.removeLastNone}</p>
        ) : (
          <>
            <p>{t.removeLast}</p>
            <p>{levels.map((level) => t.level[level]).join(frame.locale === 'ar' ? '، ' : ', ')}</p>
          </>
        )}
      </div>
      <form class="plain" method="post" action={`${accountPath}/remove?lang=${frame.locale}`}>
        <input type="hidden" name="object" value={id} />
        <input type="hidden" name="confirmed" value="yes" />
        <button type="submit" class="grave">
          {t.removeYes}
        </button>
      </form>
      <a class="button quiet" href={`${accountPath}?lang=${frame.locale}`}>
        {t.keep}
      </a>
    </Layout>
  );
}

/** In fours, as they are read off paper. */
export function Codes({ codes }: { readonly codes: readonly string[] }) {
  return (
    <ol class="codes" dir="ltr">
      {codes.map((code) => (
        <li>{(code.match(/.{4}/g) ?? []).join('-')}</li>
      ))}
    </ol>
  );
}

/** Shown once; made to be printed. */
export function PaperCodesPage(props: Common & { readonly codes: readonly string[] }) {
  const { frame, codes } = props;
  const t = accountTexts[frame.locale];
  return (
    <Layout frame={frame} heading={t.codesHeading}>
      <h1>{t.codesHeading}</h1>
      <div class="notice careful no-print" role="status">
        {t.codesOnce}
      </div>
      <Codes codes={codes} />
      <p class="soft">{t.codesUse}</p>
      <BackToAccount frame={frame} />
    </Layout>
  );
}

export function BindWalletPage(props: Common & { readonly code: string }) {
  const { frame, code } = props;
  const t = accountTexts[frame.locale];
  return (
    <Layout frame={frame} heading={t.bindTitle}>
      <h1>{t.bindTitle}</h1>
      <p>{t.bindHelp}</p>
      <h2>{t.bindWallet}</h2>
      <p dir="ltr">
        <code id="binding-code">{(code.match(/.{1,5}/g) ?? []).join(' ')}</code>
      </p>
      <BackToAccount frame={frame} />
    </Layout>
  );
}

export function NotInPage({ frame }: Common) {
  const t = accountTexts[frame.locale];
  return (
    <Layout frame={frame} heading={t.notInTitle}>
      <h1>{t.notInTitle}</h1>
      <p>{t.notInHelp}</p>
      <a class="button" href={`${accountPath}?lang=${frame.locale}`}>
        {t.logIn}
      </a>
      <section>
        <p>
          <a href={`${recoverPath}?lang=${frame.locale}`}>{t.recoverTitle}</a>
        </p>
      </section>
    </Layout>
  );
}

/** `refused`: the sentence, or null. A password and a code are never shown again. */
export function RecoverPage(props: Common & { readonly username: string; readonly refused: string | null }) {
  const { frame, username, refused } = props;
  const t = accountTexts[frame.locale];
  const words = loginTexts[frame.locale];
  return (
    <Layout frame={frame} heading={t.recoverTitle}>
      <h1>{t.recoverTitle}</h1>
      {refused === null ? null : (
        <div class="notice" role="alert">
          {refused}
        </div>
      )}
      <p>{t.recoverLead}</p>
      <form method="post" action={`${recoverPath}?lang=${frame.locale}`}>
        <label for="username">{words.username}</label>
        <input
          id="username"
          name="username"
          dir="auto"
          autocomplete="username"
          autocapitalize="none"
          spellcheck={false}
          maxlength={64}
          required
          value={username}
        />
        <label for="password">{words.password}</label>
        <input
          id="password"
          name="password"
          type="password"
          dir="auto"
          autocomplete="current-password"
          maxlength={512}
          required
        />
        <label for="code">{t.recoverCode}</label>
        <input
          id="code"
          name="code"
          dir="ltr"
          autocomplete="off"
          autocapitalize="none"
          spellcheck={false}
          maxlength={40}
          required
        />
        <button type="submit">{t.recoverGo}</button>
      </form>
      <LostPhone frame={frame} />
      <section>
        <p class="soft">{t.recoverCentre}</p>
      </section>
    </Layout>
  );
}
