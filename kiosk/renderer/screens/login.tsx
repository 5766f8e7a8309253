// The operator logs in at this kiosk. Checking a code is possible without.
import { useLocale } from '../../../shared/ui/locale-context.tsx';
import type { KioskBridge } from '../../bridge/contract.ts';
import type { Place } from '../app.tsx';
import { useCall } from '../bridge.ts';
import { FailureNotice } from '../failure-notice.tsx';
import { StaffCredentials, useCredentials } from '../staff-credentials.tsx';
import { ScreenTitle } from './screen-title.tsx';

type Props = { readonly bridge: KioskBridge; readonly go: (place: Place) => void };

export function LoginScreen({ bridge, go }: Props) {
  const { text } = useLocale();
  const credentials = useCredentials();
  const login = useCall(bridge, 'operator.login');
  const submit = (event: Event) => {
    event.preventDefault();
    if (!login.busy) void login.run(credentials.take(), () => go('home'));
  };
  const words = text.kiosk.login;
  return (
    <div class="stack">
      <form class="card form" onSubmit={submit}>
        <ScreenTitle>{words.title}</ScreenTitle>
        <p>{words.lead}</p>
        <StaffCredentials id="operator" of={credentials} />
        <FailureNotice failure={login.failure} />
        <button type="submit" class="button" aria-disabled={login.busy}>
          {login.busy ? text.loading : words.submit}
        </button>
      </form>
      <div class="row">
        <button type="button" class="button quiet" onClick={() => go('check')}>
          {words.checkOnly}
        </button>
        <button type="button" class="button quiet" onClick={() => go('status')}>
          {text.kiosk.home.status}
        </button>
      </div>
    </div>
  );
}
