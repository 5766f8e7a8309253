// The unified number: a keypad that never mirrors, and a slip is seen before anybody is asked.
import { useState } from 'preact/hooks';
import { toAsciiDigits } from '../../../shared/i18n/digits.ts';
import { useLocale } from '../../../shared/ui/locale-context.tsx';
import { Notice } from '../../../shared/ui/notice.tsx';
import type { KioskBridge, KioskState } from '../../bridge/contract.ts';
import { useCall } from '../bridge.ts';
import { FailureNotice } from '../failure-notice.tsx';
import { isUnifiedNumber, numberLength } from '../unified-number.ts';
import { ScreenTitle } from './screen-title.tsx';

type Props = { readonly bridge: KioskBridge; readonly state: KioskState };

export function NumberScreen({ bridge, state }: Props) {
  const { text } = useLocale();
  const [number, setNumber] = useState('');
  const begin = useCall(bridge, 'activation.begin');
  const complete = number.length === numberLength;
  const valid = isUnifiedNumber(number);
  const words = text.kiosk.number;
  const change = (typed: string) => {
    begin.clear();
    setNumber(toAsciiDigits(typed).replace(/\D/g, '').slice(0, numberLength));
  };
  const submit = (event: Event) => {
    event.preventDefault();
    if (valid) void begin.run({ number });
  };
  return (
    <form class="number" onSubmit={submit}>
      <div class="stack">
        <ScreenTitle>{words.title}</ScreenTitle>
        {state.line.state === 'down' && <Notice tone="careful" says={words.offline} />}
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
            onInput={(event) => change(event.currentTarget.value)}
          />
          <p class="hint" id="number-state" role="status">
            {complete ? (valid ? '' : words.wrong) : `${words.hint} ${words.digitsLeft(numberLength - number.length)}`}
          </p>
        </div>
        <FailureNotice failure={begin.failure} />
        <button type="submit" class="button" aria-disabled={!valid || begin.busy}>
          {begin.busy ? text.loading : words.submit}
        </button>
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
