// Ten digits on a keypad that never mirrors: a slip is seen before anybody is asked. Whose number it is, the screen around it says.
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { toAsciiDigits } from '../../../shared/i18n/digits.ts';
import { useLocale } from '../../../shared/ui/locale-context.tsx';
import type { Failure } from '../bridge.ts';
import { FailureNotice } from '../failure-notice.tsx';
import { isUnifiedNumber, numberLength } from '../unified-number.ts';
import { ScreenTitle } from './screen-title.tsx';

type Props = {
  readonly title: string;
  readonly hint: string;
  readonly busy: boolean;
  readonly failure: Failure | undefined;
  /** A digit was typed: what was said of the number before is about another one. */
  readonly changed: () => void;
  readonly submit: (number: string) => void;
  readonly leave?: () => void;
  readonly children?: ComponentChildren;
  /** What can be done about a failure. */
  readonly remedy?: ComponentChildren;
};

export function NumberEntry({ title, hint, busy, failure, changed, submit, leave, children, remedy }: Props) {
  const { text } = useLocale();
  const [number, setNumber] = useState('');
  const complete = number.length === numberLength;
  const valid = isUnifiedNumber(number);
  const words = text.kiosk.number;
  const change = (typed: string) => {
    // What is being asked stays what is shown.
    if (busy) return;
    changed();
    setNumber(toAsciiDigits(typed).replace(/\D/g, '').slice(0, numberLength));
  };
  const send = (event: Event) => {
    event.preventDefault();
    if (valid && !busy) submit(number);
  };
  // Whoever has a keyboard types at once: the focus is on the heading, which takes no text.
  const press = (event: KeyboardEvent) => {
    const isElsewhere = event.target instanceof HTMLInputElement || event.target instanceof HTMLButtonElement;
    if (isElsewhere || event.ctrlKey || event.altKey || event.metaKey) return;
    const digit = toAsciiDigits(event.key);
    if (/^\d$/.test(digit)) change(number + digit);
    else if (event.key === 'Backspace') change(number.slice(0, -1));
    else if (event.key === 'Enter') send(event);
  };
  return (
    <form class="number" onSubmit={send} onKeyDown={press}>
      <div class="stack">
        <ScreenTitle>{title}</ScreenTitle>
        {children}
        <div class="field">
          <label for="number">{words.label}</label>
          <input
            id="number"
            class="input digits"
            dir="ltr"
            inputMode="none"
            autocomplete="off"
            aria-describedby="number-state"
            aria-invalid={complete && !valid}
            value={number}
            readOnly={busy}
            onInput={(event) => change(event.currentTarget.value)}
          />
          <p class="hint" id="number-state" role="status">
            {complete ? (valid ? '' : words.wrong) : `${hint} ${words.digitsLeft(numberLength - number.length)}`}
          </p>
        </div>
        <FailureNotice failure={failure} />
        {remedy}
        <button type="submit" class="button" aria-disabled={!valid || busy}>
          {busy ? text.loading : words.submit}
        </button>
        {leave && (
          <button type="button" class="button quiet" onClick={leave}>
            {text.cancel}
          </button>
        )}
      </div>
      <div class="keypad" dir="ltr">
        {['1', '2', '3', '4', '5', '6', '7', '8', '9'].map((digit) => (
          <button key={digit} type="button" class="button quiet" onClick={() => change(number + digit)}>
            {digit}
          </button>
        ))}
        <button type="button" class="button quiet word" onClick={() => change('')}>
          {words.clear}
        </button>
        <button type="button" class="button quiet" onClick={() => change(`${number}0`)}>
          0
        </button>
        <button type="button" class="button quiet" aria-label={words.erase} onClick={() => change(number.slice(0, -1))}>
          ⌫
        </button>
      </div>
    </form>
  );
}
