// The button for a passkey. Without a script, or without WebAuthn, it is not there; the script (worker/authn/app) fills in the form.
import type { Child } from 'hono/jsx';

export const passkeyScript = '/ui/passkey.js';

/** `action`: where the answer goes. `options`: where the script asks for what the device must sign. */
export function PasskeySection(props: {
  readonly heading: string;
  readonly help: string;
  readonly action: string;
  readonly options: string;
  readonly children?: Child;
}) {
  return (
    <section id="passkey" hidden>
      <h2>{props.heading}</h2>
      <p class="soft">{props.help}</p>
      <form method="post" action={props.action} data-options={props.options}>
        {props.children}
        <input type="hidden" name="response" />
        <button type="submit" class="quiet">
          {props.heading}
        </button>
      </form>
      <script src={passkeyScript} type="module" />
    </section>
  );
}
