// An activation, or a recovery, from the number to the result: which step is shown follows from what the core says is on the desk.
import { useState } from 'preact/hooks';
import { useLocale } from '../../../shared/ui/locale-context.tsx';
import type { KioskBridge, KioskState, SubmitOutcome } from '../../bridge/contract.ts';
import type { Place } from '../app.tsx';
import { edgeOf, useCall } from '../bridge.ts';
import { CaptureScreen } from './capture.tsx';
import { ExceptedScreen } from './excepted.tsx';
import { ExceptionScreen } from './exception.tsx';
import { GuardianScreen } from './guardian.tsx';
import { NumberScreen } from './number.tsx';
import { PersonScreen } from './person.tsx';
import { ResultScreen } from './result.tsx';

type Props = {
  readonly bridge: KioskBridge;
  readonly state: KioskState;
  /** What the operator came for; what is on the desk already says for itself what it is. */
  readonly place: 'activate' | 'recover';
  readonly go: (place: Place) => void;
};

export function ActivateScreen({ bridge, state, place, go }: Props) {
  const { text } = useLocale();
  const [confirmed, setConfirmed] = useState('');
  const [steps, setSteps] = useState({ guardianSeen: '', guardianRead: '', excepting: '', approved: '', minor: '' });
  const [outcome, setOutcome] = useState<SubmitOutcome>();
  const submit = useCall(bridge, 'activation.submit');
  const { activation } = state;

  if (outcome !== undefined) {
    return <ResultScreen outcome={outcome} edge={edgeOf(state)} done={() => go('home')} />;
  }
  if (submit.busy) {
    return (
      <p class="waiting sending" role="status">
        {text.kiosk.sending}
      </p>
    );
  }
  if (activation === undefined) {
    const { failure: ended, clear: forget } = submit;
    return <NumberScreen bridge={bridge} state={state} place={place} go={go} ended={ended} forget={forget} />;
  }
  const leave = () => void bridge.call('activation.cancel', { activationId: activation.activationId });
  const { activationId, guardian, exception } = activation;
  const at = (step: keyof typeof steps) => steps[step] === activationId;
  const mark = (step: keyof typeof steps, on = true) => setSteps({ ...steps, [step]: on ? activationId : '' });
  const untouched = activation.captures.length === 0 && guardian === undefined && !exception;
  if (confirmed !== activationId && untouched) {
    return (
      <PersonScreen
        activation={activation}
        confirm={(minor) => {
          setConfirmed(activationId);
          if (minor) mark('minor');
        }}
        leave={leave}
      />
    );
  }
  const withGuardian = activation.requires.includes('guardian_fingerprint') || at('minor');
  if (withGuardian && !(guardian?.ready && at('guardianRead'))) {
    if (guardian && (at('guardianSeen') || guardian.captures.length > 0)) {
      return (
        <CaptureScreen
          key="guardian"
          bridge={bridge}
          activation={activation}
          who="guardian"
          reader={state.reader}
          submitFailure={undefined}
          submit={() => mark('guardianRead')}
          leave={leave}
        />
      );
    }
    return (
      <GuardianScreen bridge={bridge} activation={activation} confirm={() => mark('guardianSeen')} leave={leave} />
    );
  }
  const send = () => void submit.run({ activationId }, setOutcome);
  if (exception) {
    if (exception.supervisor.ready && at('approved')) {
      return <ExceptedScreen exception={exception} failure={submit.failure} submit={send} leave={leave} />;
    }
    return (
      <CaptureScreen
        key="supervisor"
        bridge={bridge}
        activation={activation}
        who="supervisor"
        reader={state.reader}
        submitFailure={undefined}
        submit={() => mark('approved')}
        leave={leave}
      />
    );
  }
  if (at('excepting')) {
    return <ExceptionScreen bridge={bridge} activation={activation} close={() => mark('excepting', false)} />;
  }
  const read = activation.captures.some(({ goodEnough }) => goodEnough);
  const mayExcept = activation.mayExcept === true && !read;
  return (
    <CaptureScreen
      key="person"
      bridge={bridge}
      activation={activation}
      who="person"
      reader={state.reader}
      submitFailure={submit.failure}
      submit={send}
      except={mayExcept ? () => mark('excepting') : undefined}
      leave={leave}
    />
  );
}
