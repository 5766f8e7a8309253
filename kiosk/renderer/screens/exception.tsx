// No finger can be read: why, the document's photo, that it was compared, and a supervisor's password. Their finger comes after.
import { useState } from 'preact/hooks';
import { useLocale } from '../../../shared/ui/locale-context.tsx';
import type { ActivationState, KioskBridge } from '../../bridge/contract.ts';
import { useCall } from '../bridge.ts';
import { DocumentCamera } from '../document-camera.tsx';
import { FailureNotice } from '../failure-notice.tsx';
import { StaffCredentials, useCredentials } from '../staff-credentials.tsx';
import { ScreenTitle } from './screen-title.tsx';

type Props = {
  readonly bridge: KioskBridge;
  readonly activation: ActivationState;
  readonly close: () => void;
};

const reasons = ['missing', 'bandaged', 'unreadable'] as const;
type Reason = (typeof reasons)[number];

export function ExceptionScreen({ bridge, activation, close }: Props) {
  const { text } = useLocale();
  const words = text.kiosk.exception;
  const [reason, setReason] = useState<Reason>('unreadable');
  const [checked, setChecked] = useState(false);
  const credentials = useCredentials();
  const approve = useCall(bridge, 'activation.except');
  const submit = (event: Event) => {
    event.preventDefault();
    if (!checked || !activation.documentPhoto || approve.busy) return;
    const { activationId } = activation;
    const asked = { activationId, reason, documentChecked: true, ...credentials.take() } as const;
    void approve.run(asked, close);
  };
  return (
    <form class="card form" onSubmit={submit}>
      <ScreenTitle>{words.title}</ScreenTitle>
      <p>{words.lead}</p>
      <fieldset class="choices">
        <legend>{words.why}</legend>
        {reasons.map((each) => (
          <label key={each} class="choice">
            <input type="radio" name="reason" checked={reason === each} onChange={() => setReason(each)} />
            <span>{words.reasons[each]}</span>
          </label>
        ))}
      </fieldset>
      <DocumentCamera
        bridge={bridge}
        activationId={activation.activationId}
        taken={activation.documentPhoto === true}
      />
      <label class="choice">
        <input type="checkbox" checked={checked} onChange={(event) => setChecked(event.currentTarget.checked)} />
        <span>{words.documentChecked}</span>
      </label>
      <fieldset class="choices">
        <legend>{words.supervisor}</legend>
        <StaffCredentials id="supervisor" of={credentials} />
      </fieldset>
      <FailureNotice failure={approve.failure} />
      <div class="row">
        <button type="submit" class="button" aria-disabled={!checked || !activation.documentPhoto || approve.busy}>
          {approve.busy ? text.loading : words.approve}
        </button>
        <button type="button" class="button quiet" onClick={close}>
          {text.back}
        </button>
      </div>
    </form>
  );
}
