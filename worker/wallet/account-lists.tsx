// What the account page lists beside the ways in: what the person was told, where they are logged in, who sees and who checked what.
import { texts as loginTexts } from '../openid/pages/texts.ts';
import { Act, day, type Part, Section, when } from './account-parts.tsx';
import { accountTexts } from './account-texts.ts';

export function Told({ frame, view }: Part) {
  const { locale } = frame;
  const t = accountTexts[locale];
  if (view.notifications.length === 0) return null;
  const { claim: claims } = loginTexts[locale];
  const comma = locale === 'ar' ? '، ' : ', ';
  // A setup code is for a use (`wallet`), what was bound with it has a type (`wallet_key`).
  const words = { ...t.adds, ...t.type };
  return (
    <Section id="told" heading={t.notifications}>
      <ul class="rows">
        {view.notifications.map(({ at: told, kind, detail, seenAt, service }) => {
          const { type, claim } = detail;
          const which = typeof claim === 'string' ? `${comma}${claims[claim] ?? claim}` : '';
          const bound = typeof type === 'string' ? (words as Readonly<Record<string, string>>)[type] : undefined;
          const about = service === null ? bound : `${service[locale]}${which}`;
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

export function Uses({ frame, view }: Part) {
  const { locale } = frame;
  const t = accountTexts[locale];
  const { claim } = loginTexts[locale];
  const comma = locale === 'ar' ? '، ' : ', ';
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
                    {t.until} {day(frame, expiresAt)}
                  </div>
                </div>
                <Act frame={frame} act="withdraw" object={clientId} text={t.withdrawAll} about={name[locale]} />
                {claims.length === 0 ? null : (
                  <details>
                    <summary>{`${t.sees}: ${claims.map((one) => claim[one.name] ?? one.name).join(comma)}`}</summary>
                    <ul class="rows">
                      {claims.map((one) => {
                        const called = claim[one.name] ?? one.name;
                        return (
                          <li>
                            <div>
                              {called}
                              <div class="soft">
                                {t.until} {day(frame, one.until)}
                              </div>
                            </div>
                            <Act
                              frame={frame}
                              act="withdraw-claim"
                              object={`${clientId} ${one.name}`}
                              text={t.withdraw}
                              about={`${called}${comma}${name[locale]}`}
                            />
                          </li>
                        );
                      })}
                    </ul>
                  </details>
                )}
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
            {view.showings.map(({ at: checked, name, context, outcome, profile }) => (
              <li>
                <div>
                  <bdi>{name[locale]}</bdi>
                  <div class="soft">
                    {when(frame, checked)} · {t.shown[profile] ?? profile} · {t.context[context] ?? context}
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
