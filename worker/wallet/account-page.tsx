// The person's own account on one page: ways in, logins, permissions, who checked, what they were told. Works without a script.
import type { Level } from '../../shared/assurance/level.ts';
import { formatNumber } from '../../shared/i18n/format.ts';
import { Layout } from '../openid/pages/layout.tsx';
import { Told, Uses } from './account-lists.tsx';
import { Act, at, type Common, type Part, Section, when } from './account-parts.tsx';
import { type AccountNotice, accountTexts } from './account-texts.ts';
import type { AccountView, ShownAuthenticator } from './account-view.ts';
import { type Addable, addable } from './own-authenticators.ts';

function NoticeLine(props: Common & { readonly notice: AccountNotice | null; readonly good: boolean }) {
  if (props.notice === null) return null;
  return (
    <div class={props.good ? 'notice good' : 'notice'} role={props.good ? 'status' : 'alert'}>
      {accountTexts[props.frame.locale].notice[props.notice]}
    </div>
  );
}

export function AccountPage(
  props: Common & { readonly view: AccountView; readonly notice: AccountNotice | null; readonly good: boolean },
) {
  const { frame, view } = props;
  const t = accountTexts[frame.locale];
  return (
    <Layout frame={{ ...frame, wide: true }} heading={t.heading}>
      <h1>{t.heading}</h1>
      <NoticeLine {...props} />
      <Standing frame={frame} view={view} />
      <div class="columns">
        <div>
          <Ways frame={frame} view={view} />
          <Codes frame={frame} view={view} />
        </div>
        <div>
          <Told frame={frame} view={view} />
          <Uses frame={frame} view={view} />
        </div>
      </div>
      <section>
        <a class="button quiet" href={`/logout?lang=${frame.locale}`}>
          {t.logout}
        </a>
      </section>
    </Layout>
  );
}

function Standing({ frame, view }: Part) {
  const t = accountTexts[frame.locale];
  const levels: readonly Level[] = ['low', 'substantial', 'high'];
  const now = view.freshLevel;
  const higher = levels.filter(
    (level) =>
      (now === null || levels.indexOf(level) > levels.indexOf(now)) &&
      view.reach !== null &&
      levels.indexOf(level) <= levels.indexOf(view.reach),
  );
  const next = higher.at(-1);
  return (
    <div class={now === null ? 'notice careful' : 'notice good'}>
      <p>
        {view.reach === null ? t.reachNone : `${t.reach}: ${t.level[view.reach]}.`}{' '}
        {view.identityLevel === 'none' ? '' : `${t.identity}: ${t.level[view.identityLevel]}.`}
      </p>
      <p>{now === null ? t.freshNot : `${t.fresh}: ${t.level[now]}.`}</p>
      {next === undefined ? null : (
        <p>
          <a href={`${at(frame, 'login')}&level=${next}`}>{`${t.proveHigher}: ${t.level[next]}`}</a>
        </p>
      )}
    </div>
  );
}

function Ways({ frame, view }: Part) {
  const t = accountTexts[frame.locale];
  return (
    <Section id="ways" heading={t.authenticators}>
      <ul class="rows">
        {view.authenticators.map((one) => (
          <Way frame={frame} one={one} />
        ))}
      </ul>
      {view.authenticators.some(({ type }) => type === 'wallet_key') ? <p class="soft">{t.lostPhone}</p> : null}
      <h3>{t.add}</h3>
      <p class="soft">{t.addHelp}</p>
      <div class="ways">
        {(Object.keys(addable) as Addable[]).map((use) => (
          <form class="plain" method="post" action={at(frame, 'add')}>
            <input type="hidden" name="object" value={use} />
            <button type="submit" class="quiet">
              {t.adds[use]}
            </button>
          </form>
        ))}
      </div>
    </Section>
  );
}

/** Names that were set by the house, not by the person. */
const houseNames: ReadonlySet<string> = new Set(['', 'password', 'passkey', 'authenticator app', 'recovery codes']);

function Way({ frame, one }: Common & { readonly one: ShownAuthenticator }) {
  const t = accountTexts[frame.locale];
  const own = houseNames.has(one.name) ? null : one.name;
  const called = own ?? t.type[one.type];
  return (
    <li>
      <div>
        <strong>
          <bdi>{called}</bdi>
        </strong>{' '}
        {one.level === null ? null : <span class="tag">{t.level[one.level]}</span>}
        <div class="soft">
          {own === null ? null : `${t.type[one.type]} · `}
          {t.boundAt} {when(frame, one.boundAt)}
          {one.usedAt === null ? null : (
            <>
              {' · '}
              {t.usedAt} {when(frame, one.usedAt)}
            </>
          )}
          {one.left === null ? null : ` · ${t.codesLeft}: ${formatNumber(frame.locale, one.left)}`}
        </div>
      </div>
      <Act frame={frame} act="remove" object={one.id} text={t.remove} about={called} grave />
      {one.type === 'recovery_code' ? null : (
        <details>
          <summary aria-label={`${t.rename}: ${called}`}>{t.rename}</summary>
          <form method="post" action={at(frame, 'rename')}>
            <input type="hidden" name="object" value={one.id} />
            <label for={`name-${one.id}`}>{t.name}</label>
            <input id={`name-${one.id}`} name="name" dir="auto" maxlength={60} required value={own ?? ''} />
            <p>
              <button type="submit" class="quiet">
                {t.save}
              </button>
            </p>
          </form>
        </details>
      )}
    </li>
  );
}

function Codes({ frame, view }: Part) {
  const t = accountTexts[frame.locale];
  return (
    <>
      <Section id="recovery" heading={t.recovery}>
        <p class="soft">{t.recoveryHelp}</p>
        <form class="plain" method="post" action={at(frame, 'recovery-codes')}>
          <button type="submit" class="quiet">
            {t.makeCodes}
          </button>
        </form>
      </Section>
      <Section id="user-code-heading" heading={t.userCode}>
        <p class="soft">{t.userCodeHelp}</p>
        {view.userCode ? <p>{t.userCodeSet}</p> : null}
        <form method="post" action={at(frame, 'user-code')}>
          <label for="user-code">{t.userCodeNew}</label>
          <input id="user-code" name="code" dir="ltr" autocomplete="off" maxlength={16} required />
          <button type="submit" class="quiet">
            {t.save}
          </button>
        </form>
        {view.userCode ? (
          <form class="plain" method="post" action={at(frame, 'remove-user-code')}>
            <button type="submit" class="link">
              {t.userCodeRemove}
            </button>
          </form>
        ) : null}
      </Section>
    </>
  );
}
