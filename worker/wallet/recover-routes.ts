// GET and POST /recover: password and a paper code give a short-lived setup code for a new way in.
import { Hono } from 'hono';
import type { AppEnv } from '../app.ts';
import { recover, recoveryLimits } from '../authn/recover.ts';
import { formParams } from '../openid/http.ts';
import { isFromOurPage, later } from '../openid/interaction/routes.ts';
import { seenFrom } from '../openid/interaction/seen-from.ts';
import { noticeText } from '../openid/pages/texts.ts';
import { frameOf, page } from './account-routes.ts';
import { RecoverPage, recoverPath } from './account-steps.tsx';
import { accountTexts } from './account-texts.ts';
import { SetupPage } from './setup-page.tsx';

export function recoverRoutes(): Hono<AppEnv> {
  const routes = new Hono<AppEnv>();
  routes.get(recoverPath, (c) =>
    page(c, RecoverPage({ frame: frameOf(c, recoverPath), username: '', refused: null }), 200),
  );
  routes.post(recoverPath, async (c) => {
    const frame = frameOf(c, recoverPath);
    const params = isFromOurPage(c) ? await formParams(c) : undefined;
    const typed = (name: string, most: number) => (params?.values.get(name) ?? '').slice(0, most);
    const username = typed('username', 64);
    const refuse = (refused: string) => page(c, RecoverPage({ frame, username, refused }), 422);
    if (!params) return refuse(accountTexts[frame.locale].notice.not_ours);
    const { loginSubjects, loginObjects, authenticators, people, config, random, now, notifications, provider } =
      c.var.deps;
    const needs = {
      subjects: loginSubjects,
      objects: loginObjects,
      authenticators,
      people,
      mayTry: (network: string) => provider.networks.passwords.take(network, 1, later(c)),
      pepper: config.passwordPepper,
    };
    const done = await recover(
      { ...needs, random, now: now() },
      {
        username,
        password: typed('password', 1024),
        code: typed('code', 40),
        network: seenFrom(c.req.raw, c.var.deps.config.clientAddressHeader).network,
      },
    );
    if (!done.ok) {
      const { error } = done;
      switch (error.reason) {
        // SECURITY: one sentence, so that nobody learns which of the three was right.
        case 'recovery_code_needed':
        case 'second_factor_needed':
        case 'credentials_wrong':
          return refuse(accountTexts[frame.locale].recoverWrong);
        case 'too_many_tries':
        case 'network_asks_often':
          return refuse(noticeText(frame.locale, error.reason, error.waitSeconds));
        default:
          return refuse(noticeText(frame.locale, error.reason));
      }
    }
    later(c)(notifications.handOnOf(done.value.subjectId));
    const { setupCode } = done.value;
    const t = accountTexts[frame.locale];
    const setup = SetupPage({
      frame,
      typed: { code: setupCode, username: '' },
      refused: null,
      only: recoveryLimits.uses,
      lead: `${t.recoverDone} ${t.bindWallet}: ${setupCode}`,
    });
    return page(c, setup, 200, true);
  });

  return routes;
}
