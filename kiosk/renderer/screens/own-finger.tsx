// The operator on duty enrols their own finger: one finger, read three times, and the authority's code.
import { useEffect, useState } from 'preact/hooks';
import { useLocale } from '../../../shared/ui/locale-context.tsx';
import { Notice } from '../../../shared/ui/notice.tsx';
import type { FingerEnrolment, KioskBridge } from '../../bridge/contract.ts';
import type { Place } from '../app.tsx';
import { useCall, useCaptureSteps } from '../bridge.ts';
import { FailureNotice } from '../failure-notice.tsx';
import type { Finger } from '../finger-sets.ts';
import { HandPicker } from './hand-picker.tsx';
import { ScreenTitle } from './screen-title.tsx';

type Props = { readonly bridge: KioskBridge; readonly go: (place: Place) => void };
type Step = 'idle' | 'waiting_for_finger' | 'reading' | 'done' | 'failed';

export function OwnFingerScreen({ bridge, go }: Props) {
  const { text } = useLocale();
  const words = text.kiosk.finger;
  const [enrolling, setEnrolling] = useState<FingerEnrolment>();
  const [chosen, setChosen] = useState<Finger>(2);
  const [step, setStep] = useState<Step>('idle');
  const [code, setCode] = useState('');
  const [done, setDone] = useState(false);
  const begin = useCall(bridge, 'finger.begin');
  const capture = useCall(bridge, 'finger.capture');
  const submit = useCall(bridge, 'finger.submit');
  useCaptureSteps(bridge, (event) => event.activationId === enrolling?.enrolmentId && setStep(event.step));
  const start = () => {
    setStep('idle');
    void begin.run({}, setEnrolling);
  };
  useEffect(() => {
    start();
    // What was read is overwritten when the screen is left.
    return () => void bridge.call('finger.cancel', {});
  }, []);
  const send = (event: Event) => {
    event.preventDefault();
    if (!enrolling?.ready || submit.busy) return;
    void submit.run({ enrolmentId: enrolling.enrolmentId, code }, () => setDone(true));
  };
  if (done) {
    return (
      <div class="card form">
        <ScreenTitle>{words.title}</ScreenTitle>
        <Notice tone="good" says={words.done} />
        <button type="button" class="button" onClick={() => go('home')}>
          {text.back}
        </button>
      </div>
    );
  }
  const read = enrolling?.captures.filter(({ goodEnough }) => goodEnough).length ?? 0;
  const last = enrolling?.captures.at(-1);
  const finger = (enrolling?.position ?? chosen) as Finger;
  const refused = submit.failure !== undefined && submit.failure.reason !== 'finger_code_refused';
  return (
    <form class="stack" onSubmit={send}>
      <ScreenTitle>{words.title}</ScreenTitle>
      <p>{words.lead}</p>
      <FailureNotice failure={begin.failure} />
      {enrolling && (
        <div class="capture">
          <HandPicker
            chosen={[finger]}
            disabled={capture.busy || enrolling.position !== undefined}
            choose={(next) => setChosen(next)}
          />
          <div class="card capture-state">
            <p class="capture-finger">{text.kiosk.capture.fingers[finger]}</p>
            <p class={`capture-step ${capture.busy ? step : 'idle'}`} role="status">
              {capture.busy ? text.kiosk.capture.steps[step] : words.count(read, enrolling.needed)}
            </p>
            {last && !capture.busy && !last.goodEnough && <p class="quality poor">{text.kiosk.capture.poor}</p>}
            <FailureNotice failure={capture.failure} />
            {!enrolling.ready && (
              <button
                type="button"
                class="button"
                aria-disabled={capture.busy}
                onClick={() => {
                  if (capture.busy) return;
                  setStep('waiting_for_finger');
                  void capture.run({ enrolmentId: enrolling.enrolmentId, position: finger as number }, setEnrolling);
                }}
              >
                {capture.busy ? text.loading : text.kiosk.capture.read}
              </button>
            )}
          </div>
        </div>
      )}
      {enrolling?.ready && (
        <div class="field narrow-field">
          <label for="finger-code">{words.code}</label>
          <input
            id="finger-code"
            class="input digits"
            dir="ltr"
            required
            maxLength={20}
            autocomplete="off"
            autocapitalize="characters"
            spellcheck={false}
            aria-describedby="finger-code-hint"
            value={code}
            onInput={(event) => setCode(event.currentTarget.value)}
          />
          <p class="hint" id="finger-code-hint">
            {words.codeHint}
          </p>
        </div>
      )}
      <FailureNotice failure={submit.failure} />
      <div class="row">
        {enrolling?.ready && !refused && (
          <button type="submit" class="button" aria-disabled={submit.busy || code.trim() === ''}>
            {submit.busy ? text.loading : words.submit}
          </button>
        )}
        {(refused || begin.failure) && (
          <button type="button" class="button" onClick={start}>
            {text.tryAgain}
          </button>
        )}
        <button type="button" class="button quiet" onClick={() => go('home')}>
          {text.back}
        </button>
      </div>
    </form>
  );
}
