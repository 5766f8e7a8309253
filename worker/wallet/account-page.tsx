// The person's own account on one page: ways in, logins, permissions, who checked, what they were told. Works without a script.
import type { Child } from 'hono/jsx';
import type { Level } from '../../shared/assurance/level.ts';
import { formatInstant } from '../../shared/i18n/format.ts';
import { type Frame, Layout } from '../openid/pages/layout.tsx';
import { texts as loginTexts } from '../openid/pages/texts.ts';
import { type AccountNotice, accountTexts } from './account-texts.ts';
import type { AccountView, ShownAuthenticator } from './account-view.ts';
import { type Addable, addable } from './own-authenticators.ts';

export const accountPath = '/account';
/** Times are shown as the country's clocks show them. */
const timeZone = 'Asia/Riyadh';

export type AccountFrame = Pick<Frame, 'locale' | 'otherLanguage'>;
type Common = { readonly frame: AccountFrame };

const at = (frame: AccountFrame, act: string) => `${accountPath}/${act}?lang=${frame.locale}`;
const when = (frame: AccountFrame, seconds: number) => (
  <time datetime={new Date(seconds * 1000).toISOString()}>{formatInstant(frame.locale, seconds, timeZone)}</time>
);

export function NoticeLine(props: Common & { readonly notice: AccountNotice | null; readonly good: boolean }) {
  if (props.notice === null) return null;
  return (
    <div class={props.good ? 'notice good' : 'notice'} role={props.good ? 'status' : 'alert'}>
      {accountTexts[props.frame.locale].notice[props.notice]}
    </div>
  );
}

function Act(
  props: Common & {
    readonly act: string;
    readonly object: string;
    readonly text: string;
    /** What the button is about, for whoever hears it alone. */
    readonly about: string;
    readonly grave?: boolean;
  },
) {
  return (
    <form class="plain" method="post" action={at(props.frame, props.act)}>
      <input type="hidden" name="object" value={props.object} />
      <button type="submit" class={props.grave ? 'grave' : 'quiet'} aria-label={`${props.text}: ${props.about}`}>
        {props.text}
      </button>
    </form>
  );
}

function Section(props: { readonly id: string; readonly heading: string; readonly children: Child }) {
  return (
    <section aria-labelledby={props.id}>
      <h2 id={props.id}>{props.heading}</h2>
      {props.children}
    </section>
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

type Part = Common & { readonly view: AccountView };

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
          {one.left === null ? null : ` · ${t.codesLeft}: ${one.left}`}
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

function Told({ frame, view }: Part) {
  const { locale } = frame;
  const t = accountTexts[locale];
  if (view.notifications.length === 0) return null;
  return (
    <Section id="told" heading={t.notifications}>
      <ul class="rows">
        {view.notifications.map(({ at: told, kind, detail, seenAt, service }) => {
          const type = detail['type'];
          const about =
            service?.[locale] ??
            (typeof type === 'string' ? (t.type as Readonly<Record<string, string>>)[type] : undefined);
          return (
            <li>
              <div>
                {t.told[kind]}
                {about === undefined ? null : (
                  <>
                    : <bdi>{about}</bdi>
                  </>
                )}
                <div class="soft">{when(frame, told)}</div>
              </div>
              {seenAt === null ? <span class="tag">{t.unseen}</span> : null}
            </li>
          );
        })}
      </ul>
    </Section>
  );
}

function Uses({ frame, view }: Part) {
  const { locale } = frame;
  const t = accountTexts[locale];
  const { claim } = loginTexts[locale];
  const comma = locale === 'ar' ? '، ' : ', ';
  const claimNames = (names: readonly string[]) => {
    const plain = [...new Set(names.map((name) => name.split('#')[0] ?? name))];
    return plain.map((name) => claim[name] ?? name).join(comma);
  };
  return (
    <>
      <Section id="sessions" heading={t.sessions}>
        <ul class="rows">
          {view.sessions.map(({ id, current, device, authTime, services }) => {
            const called = device === '' ? t.unknownDevice : device;
            return (
              <li>
                <div>
                  <bdi>{called}</bdi> {current ? <span class="tag">{t.thisOne}</span> : null}
                  <div class="soft">
                    {t.since} {when(frame, authTime)}
                    {services.length === 0 ? null : ` · ${services.map((name) => name[locale]).join(comma)}`}
                  </div>
                </div>
                <Act frame={frame} act="end-session" object={id} text={t.endSession} about={called} />
              </li>
            );
          })}
        </ul>
      </Section>
      <Section id="consents" heading={t.consents}>
        {view.consents.length === 0 ? <p class="soft">{t.noConsents}</p> : null}
        {view.consents.length === 0 ? null : (
          <ul class="rows">
            {view.consents.map(({ clientId, name, claims, expiresAt }) => (
              <li>
                <div>
                  <bdi>{name[locale]}</bdi>
                  <div class="soft">
                    {claims.length === 0 ? null : `${t.sees}: ${claimNames(claims)} · `}
                    {t.until} {when(frame, expiresAt)}
                  </div>
                </div>
                <Act frame={frame} act="withdraw" object={clientId} text={t.withdraw} about={name[locale]} />
              </li>
            ))}
          </ul>
        )}
      </Section>
      <Section id="history" heading={t.history}>
        {view.history.length === 0 ? <p class="soft">{t.noHistory}</p> : null}
        {view.history.length === 0 ? null : (
          <ul class="rows">
            {view.history.map(({ at: loggedIn, name, level, from }) => (
              <li>
                <div>
                  <bdi>{name[locale]}</bdi>
                  <div class="soft">
                    {when(frame, loggedIn)}
                    {from === '' ? null : (
                      <>
                        {' · '}
                        <bdi>{from}</bdi>
                      </>
                    )}
                  </div>
                </div>
                {level === null ? null : <span class="tag">{t.level[level]}</span>}
              </li>
            ))}
          </ul>
        )}
      </Section>
      <Section id="showings" heading={t.showings}>
        {view.showings.length === 0 ? <p class="soft">{t.noShowings}</p> : null}
        {view.showings.length === 0 ? null : (
          <ul class="rows">
            {view.showings.map(({ at: checked, name, context, outcome }) => (
              <li>
                <div>
                  <bdi>{name[locale]}</bdi>
                  <div class="soft">
                    {when(frame, checked)} · {t.context[context] ?? context}
                  </div>
                </div>
                <span class="tag">{t.outcome[outcome]}</span>
              </li>
            ))}
          </ul>
        )}
      </Section>
    </>
  );
}
