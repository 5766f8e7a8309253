// An activation from the number to the result: which step is shown follows from what the core says is on the desk.
import { useState } from 'preact/hooks';
import { useLocale } from '../../../shared/ui/locale-context.tsx';
import type { KioskBridge, KioskState, SubmitOutcome } from '../../bridge/contract.ts';
import type { Place } from '../app.tsx';
import { useCall } from '../bridge.ts';
import { CaptureScreen } from './capture.tsx';
import { NumberScreen } from './number.tsx';
import { PersonScreen } from './person.tsx';
import { ResultScreen } from './result.tsx';

type Props = { readonly bridge: KioskBridge; readonly state: KioskState; readonly go: (place: Place) => void };

export function ActivateScreen({ bridge, state, go }: Props) {
  const { text } = useLocale();
  const [confirmed, setConfirmed] = useState('');
  const [outcome, setOutcome] = useState<SubmitOutcome>();
  const submit = useCall(bridge, 'activation.submit');
  const { activation } = state;

  if (outcome !== undefined) return <ResultScreen outcome={outcome} done={() => go('home')} />;
  if (submit.busy) {
    return (
      <p class="waiting sending" role="status">
        {text.kiosk.sending}
      </p>
    );
  }
  if (activation === undefined) return <NumberScreen bridge={bridge} state={state} />;
  const leave = () => void bridge.call('activation.cancel', { activationId: activation.activationId });
  if (confirmed !== activation.activationId && activation.captures.length === 0) {
    return <PersonScreen activation={activation} confirm={() => setConfirmed(activation.activationId)} leave={leave} />;
  }
  return (
    <CaptureScreen
      bridge={bridge}
      activation={activation}
      reader={state.reader}
      submitFailure={submit.failure}
      submit={() => void submit.run({ activationId: activation.activationId }, setOutcome)}
      leave={leave}
    />
  );
}
