// User name and password of somebody who works here: the operator who logs in, the supervisor who approves. Knows no act.
import { useState } from 'preact/hooks';
import { useLocale } from '../../shared/ui/locale-context.tsx';

export type Credentials = {
  readonly username: string;
  readonly password: string;
  readonly type: (change: { readonly username?: string; readonly password?: string }) => void;
  /** For the call: the password leaves the screen's memory with it, whatever comes of it. */
  readonly take: () => { readonly username: string; readonly password: string };
};

export function useCredentials(): Credentials {
  const [typed, setTyped] = useState({ username: '', password: '' });
  const { username, password } = typed;
  const type: Credentials['type'] = (change) => setTyped((before) => ({ ...before, ...change }));
  const take = () => {
    type({ password: '' });
    return { username: username.trim(), password };
  };
  return { username, password, type, take };
}

/** `id`: of the two fields on this page. */
export function StaffCredentials({ id, of }: { readonly id: string; readonly of: Credentials }) {
  const { text } = useLocale();
  const words = text.kiosk.login;
  const [shown, setShown] = useState(false);
  const [name, secret] = [`${id}-username`, `${id}-password`];
  return (
    <>
      <div class="field">
        <label for={name}>{words.username}</label>
        <input
          id={name}
          class="input"
          dir="ltr"
          required
          maxLength={64}
          autocomplete="off"
          autocapitalize="off"
          spellcheck={false}
          value={of.username}
          onInput={(event) => of.type({ username: event.currentTarget.value })}
        />
      </div>
      <div class="field">
        <label for={secret}>{words.password}</label>
        <div class="with-button">
          <input
            id={secret}
            class="input"
            dir="ltr"
            {...(shown ? {} : { type: 'password' })}
            required
            maxLength={256}
            autocomplete="off"
            value={of.password}
            onInput={(event) => of.type({ password: event.currentTarget.value })}
          />
          <button type="button" class="button quiet" aria-pressed={shown} onClick={() => setShown(!shown)}>
            {words.showPassword}
          </button>
        </div>
      </div>
    </>
  );
}
