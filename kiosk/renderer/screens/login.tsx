// The operator logs in at this kiosk. Checking a code is possible without.
import { useState } from 'preact/hooks';
import { useLocale } from '../../../shared/ui/locale-context.tsx';
import type { KioskBridge } from '../../bridge/contract.ts';
import type { Place } from '../app.tsx';
import { useCall } from '../bridge.ts';
import { FailureNotice } from '../failure-notice.tsx';
import { ScreenTitle } from './screen-title.tsx';

type Props = { readonly bridge: KioskBridge; readonly go: (place: Place) => void };

export function LoginScreen({ bridge, go }: Props) {
  const { text } = useLocale();
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');
  const [shown, setShown] = useState(false);
  const login = useCall(bridge, 'operator.login');
  const submit = (event: Event) => {
    event.preventDefault();
    // The password leaves the screen's memory with the call, whatever comes of it.
    setPassword('');
    void login.run({ username: username.trim(), password }, () => go('home'));
  };
  const words = text.kiosk.login;
  return (
    <div class="stack">
      <form class="card form" onSubmit={submit}>
        <ScreenTitle>{words.title}</ScreenTitle>
        <p>{words.lead}</p>
        <div class="field">
          <label for="username">{words.username}</label>
          <input
            id="username"
            class="input"
            dir="ltr"
            required
            maxLength={64}
            autocomplete="off"
            autocapitalize="off"
            spellcheck={false}
            value={username}
            onInput={(event) => setUsername(event.currentTarget.value)}
          />
        </div>
        <div class="field">
          <label for="password">{words.password}</label>
          <div class="with-button">
            <input
              id="password"
              class="input"
              dir="ltr"
              {...(shown ? {} : { type: 'password' })}
              required
              maxLength={256}
              autocomplete="off"
              value={password}
              onInput={(event) => setPassword(event.currentTarget.value)}
            />
            <button type="button" class="button quiet" aria-pressed={shown} onClick={() => setShown(!shown)}>
              {words.showPassword}
            </button>
          </div>
        </div>
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
