// Reading fingers: which one, what the reader is doing, how clear each print is, and how many tries are left.
import { useState } from 'preact/hooks';
import { formatList } from '../../../shared/i18n/format.ts';
import { useLocale } from '../../../shared/ui/locale-context.tsx';
import { Notice } from '../../../shared/ui/notice.tsx';
import type { ActivationState, KioskBridge, KioskState } from '../../bridge/contract.ts';
import { type Failure, useCall, useCaptureSteps } from '../bridge.ts';
import { FailureNotice } from '../failure-notice.tsx';
import { type Finger, suggestedFingers, toggledFinger } from '../finger-sets.ts';
import { HandPicker } from './hand-picker.tsx';
import { ScreenTitle } from './screen-title.tsx';

type Props = {
  readonly bridge: KioskBridge;
  readonly activation: ActivationState;
  /** Whose finger is read. */
  readonly who: 'person' | 'guardian' | 'supervisor';
  readonly reader: KioskState['reader'];
  readonly submitFailure: Failure | undefined;
  /** Enough is read: the last step sends it, the others' go on to the next. */
  readonly submit: () => void;
  /** There where a supervisor may approve that no finger is read. */
  readonly except?: (() => void) | undefined;
  readonly leave: () => void;
};

type Step = 'idle' | 'waiting_for_finger' | 'reading' | 'done' | 'failed';

export function CaptureScreen({ bridge, activation, who, reader, submitFailure, submit, except, leave }: Props) {
  const { locale, text } = useLocale();
  const words = text.kiosk.capture;
  const { activationId, maxCaptures, mode, exception, purpose } = activation;
  const guardian = who === 'guardian' ? activation.guardian : undefined;
  const supervisor = who === 'supervisor' ? exception?.supervisor : undefined;
  const { positions, captures, ready } = guardian ?? supervisor ?? activation;
  const title = supervisor
    ? text.kiosk.exception.fingerTitle(supervisor.name[locale])
    : guardian
      ? text.kiosk.guardian.capture
      : words.title;
  const goOn = supervisor
    ? text.kiosk.exception.fingerDone
    : guardian
      ? words.goOn
      : mode === 'offline'
        ? words.record
        : purpose === 'recover'
          ? text.kiosk.recover.submit
          : words.submit;
  const left = maxCaptures - captures.length;
  const atOnce = Math.max(1, Math.min(activation.fingersAtOnce ?? 1, reader.fingersAtOnce ?? 1, left));
  // Without the line nobody here knows which fingers are enrolled: one that is not would count against the person.
  const suggested = suggestedFingers(positions, mode === 'offline' && who !== 'supervisor' ? 1 : atOnce);
  const [chosen, setChosen] = useState<readonly Finger[]>();
  const fingers = (chosen ?? suggested).slice(0, atOnce);
  const [first = 0, ...also] = fingers;
  /** How many fingers the last capture had. */
  const [asked, setAsked] = useState(1);
  const [step, setStep] = useState<Step>('idle');
  const capture = useCall(bridge, 'activation.capture');
  useCaptureSteps(bridge, (event) => event.activationId === activationId && setStep(event.step));
  const last = captures.slice(-asked);
  const poor = last.find(({ goodEnough }) => !goodEnough);
  const several = fingers.length > 1;
  const shownStep: Step = capture.busy || step === 'failed' || step === 'done' ? step : 'idle';
  const read = () => {
    setStep('waiting_for_finger');
    setAsked(fingers.length);
    void capture.run({ activationId, position: first, who, ...(also.length > 0 ? { also } : {}) });
  };
  const choose = (finger: Finger) => {
    setChosen(atOnce > 1 ? toggledFinger(fingers, finger, atOnce) : [finger]);
    setStep('idle');
    capture.clear();
  };

  return (
    <div class="stack">
      <ScreenTitle>{title}</ScreenTitle>
      {who === 'person' && activation.guardian?.ready && captures.length === 0 && (
        <Notice tone="good" says={text.kiosk.guardian.done} />
      )}
      {mode === 'offline' && (
        <Notice tone="careful" says={purpose ? text.kiosk.recover.offline : text.kiosk.number.offline} />
      )}
      <div class="capture">
        <HandPicker
          chosen={fingers}
          atOnce={atOnce}
          best={activation.mode === 'online' || who === 'supervisor' ? positions[0] : undefined}
          disabled={capture.busy}
          choose={choose}
        />
        <div class="card capture-state">
          <p class="capture-finger">
            {formatList(
              locale,
              fingers.map((finger) => words.fingers[finger]),
            )}
          </p>
          <p class={`capture-step ${shownStep}`} role="status">
            {shownStep === 'done' && poor
              ? words.poor
              : several
                ? words.stepsSeveral[shownStep]
                : words.steps[shownStep]}
          </p>
          {!capture.busy &&
            last.map(({ position, quality, goodEnough }, i) => (
              <p key={`${position}/${i}`} class={goodEnough ? 'quality good' : 'quality poor'}>
                <meter
                  min={0}
                  max={100}
                  low={activation.minQuality}
                  value={quality}
                  aria-label={words.quality(quality)}
                />
                <span>
                  {last.length > 1 && `${words.fingers[position as Finger]} · `}
                  {words.quality(quality)} · {goodEnough ? words.good : words.poor}
                </span>
              </p>
            ))}
          <p class="hint">{left === 0 && !ready && !except ? words.usedUp : words.left(left)}</p>
          {capture.failure ? (
            <FailureNotice failure={capture.failure} />
          ) : (
            reader.state !== 'ready' &&
            reader.state !== 'busy' &&
            reader.reason !== undefined && <FailureNotice failure={{ reason: reader.reason }} />
          )}
          <FailureNotice failure={submitFailure} />
          {left > 0 && (
            <button
              type="button"
              class={ready ? 'button quiet' : 'button'}
              aria-disabled={capture.busy}
              onClick={() => !capture.busy && read()}
            >
              {capture.busy ? text.loading : several ? words.readSeveral : words.read}
            </button>
          )}
          {ready && (
            <button type="button" class="button" aria-disabled={capture.busy} onClick={() => !capture.busy && submit()}>
              {goOn}
            </button>
          )}
          {who === 'person' && mode === 'offline' && !purpose && <p class="hint">{text.kiosk.exception.needsLine}</p>}
          {except && (
            <button
              type="button"
              class={left === 0 && !ready ? 'button' : 'button quiet'}
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
