// Reading fingers: which one, what the reader is doing, how clear each print is, and how many tries are left.
import { useState } from 'preact/hooks';
import { useLocale } from '../../../shared/ui/locale-context.tsx';
import { Notice } from '../../../shared/ui/notice.tsx';
import type { ActivationState, KioskBridge, KioskState } from '../../bridge/contract.ts';
import { type Failure, useCall, useCaptureSteps } from '../bridge.ts';
import { FailureNotice } from '../failure-notice.tsx';
import { ScreenTitle } from './screen-title.tsx';

type Props = {
  readonly bridge: KioskBridge;
  readonly activation: ActivationState;
  /** Whose finger is read. */
  readonly who: 'person' | 'guardian';
  readonly reader: KioskState['reader'];
  readonly submitFailure: Failure | undefined;
  /** Enough is read: the last step sends it, the guardian's goes on to the person. */
  readonly submit: () => void;
  /** There where a supervisor may approve that no finger is read. */
  readonly except?: (() => void) | undefined;
  readonly leave: () => void;
};

type Finger = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10;
type Step = 'idle' | 'waiting_for_finger' | 'reading' | 'done' | 'failed';

/** As the hands lie on a table: the left one's little finger to its thumb, then the right one's thumb to its little finger. */
const leftHand = [10, 9, 8, 7, 6] as const satisfies readonly Finger[];
const rightHand = [1, 2, 3, 4, 5] as const satisfies readonly Finger[];

export function CaptureScreen({ bridge, activation, who, reader, submitFailure, submit, except, leave }: Props) {
  const { text } = useLocale();
  const words = text.kiosk.capture;
  const { activationId, maxCaptures, mode, exception } = activation;
  const guardian = who === 'guardian' ? activation.guardian : undefined;
  const { positions, captures, ready } = guardian ?? activation;
  const [finger, setFinger] = useState<Finger>((positions[0] ?? 0) as Finger);
  const [step, setStep] = useState<Step>('idle');
  const capture = useCall(bridge, 'activation.capture');
  useCaptureSteps(bridge, (event) => event.activationId === activationId && setStep(event.step));
  const left = maxCaptures - captures.length;
  const last = captures.at(-1);
  const shownStep: Step = capture.busy || step === 'failed' || step === 'done' ? step : 'idle';
  const read = () => {
    setStep('waiting_for_finger');
    void capture.run({ activationId, position: finger, who });
  };
  const choose = (chosen: Finger) => {
    setFinger(chosen);
    setStep('idle');
    capture.clear();
  };

  return (
    <div class="stack">
      <ScreenTitle>{guardian ? text.kiosk.guardian.capture : words.title}</ScreenTitle>
      {who === 'person' && activation.guardian?.ready && captures.length === 0 && (
        <Notice tone="good" says={text.kiosk.guardian.done} />
      )}
      {who === 'person' && exception && (
        <Notice
          tone="careful"
          says={`${text.kiosk.exception.approved}: ${text.kiosk.exception.reasons[exception.reason]}`}
        />
      )}
      {mode === 'offline' && <Notice tone="careful" says={text.kiosk.number.offline} />}
      <div class="capture">
        <fieldset class="hands">
          <legend>{words.choose}</legend>
          <div class="hands-pair" dir="ltr">
            {[leftHand, rightHand].map((hand) => (
              <div key={hand[0]} class="hand">
                {hand.map((position) => (
                  <label key={position} class={`finger f${position}`}>
                    <input
                      type="radio"
                      name="finger"
                      checked={finger === position}
                      disabled={capture.busy}
                      onChange={() => choose(position)}
                    />
                    <span class="finger-shape">
                      {positions[0] === position && activation.mode === 'online' ? <b aria-hidden="true">★</b> : null}
                    </span>
                    <span class="visually-hidden">
                      {words.fingers[position]}
                      {positions[0] === position && activation.mode === 'online' ? ` (${words.best})` : ''}
                    </span>
                  </label>
                ))}
              </div>
            ))}
          </div>
        </fieldset>
        <div class="card capture-state">
          <p class="capture-finger">{words.fingers[finger]}</p>
          <p class={`capture-step ${shownStep}`} role="status">
            {words.steps[shownStep]}
          </p>
          {last && !capture.busy && (
            <p class={last.goodEnough ? 'quality good' : 'quality poor'}>
              <meter
                min={0}
                max={100}
                low={activation.minQuality}
                value={last.quality}
                aria-label={words.quality(last.quality)}
              />
              <span>
                {words.quality(last.quality)} · {last.goodEnough ? words.good : words.poor}
              </span>
            </p>
          )}
          <p class="hint">{words.left(left)}</p>
          {capture.failure ? (
            <FailureNotice failure={capture.failure} />
          ) : (
            reader.state !== 'ready' &&
            reader.state !== 'busy' &&
            reader.reason !== undefined && <FailureNotice failure={{ reason: reader.reason }} />
          )}
          <FailureNotice failure={submitFailure} />
          {left > 0 && !(who === 'person' && exception) && (
            <button
              type="button"
              class={ready ? 'button quiet' : 'button'}
              aria-disabled={capture.busy}
              onClick={() => !capture.busy && read()}
            >
              {capture.busy ? text.loading : words.read}
            </button>
          )}
          {ready && (
            <button type="button" class="button" aria-disabled={capture.busy} onClick={() => !capture.busy && submit()}>
              {guardian ? words.goOn : mode === 'offline' ? words.record : words.submit}
            </button>
          )}
          {except && (
            <button
              type="button"
              class="button quiet"
              aria-disabled={capture.busy}
              onClick={() => !capture.busy && except()}
            >
              {text.kiosk.exception.open}
            </button>
          )}
          <button type="button" class="button quiet" onClick={leave}>
            {text.cancel}
          </button>
        </div>
      </div>
    </div>
  );
}
