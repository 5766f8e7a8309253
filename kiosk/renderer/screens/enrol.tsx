// The kiosk joins the network: the address and the one-time invitation that the console gave.
import { useState } from 'preact/hooks';
import { useLocale } from '../../../shared/ui/locale-context.tsx';
import { Notice } from '../../../shared/ui/notice.tsx';
import type { KioskBridge, KioskState } from '../../bridge/contract.ts';
import { useCall } from '../bridge.ts';
import { FailureNotice } from '../failure-notice.tsx';
import { ScreenTitle } from './screen-title.tsx';

type Props = { readonly bridge: KioskBridge; readonly enrolment: KioskState['enrolment'] };

export function EnrolScreen({ bridge, enrolment }: Props) {
  const { text } = useLocale();
  const suggested = enrolment.state === 'not_enrolled' ? enrolment.suggestedEdge : enrolment.edge;
  const [edge, setEdge] = useState(suggested ?? '');
  const [invitation, setInvitation] = useState('');
  const enrol = useCall(bridge, 'kiosk.enrol');
  const submit = (event: Event) => {
    event.preventDefault();
    void enrol.run({ edge: edge.trim(), invitation: invitation.trim() });
  };
  const words = text.kiosk.enrol;
  return (
    <form class="card form" onSubmit={submit}>
      <ScreenTitle>{words.title}</ScreenTitle>
      <p>{words.lead}</p>
      {enrolment.state === 'revoked' && <Notice tone="bad" says={words.revoked} />}
      <div class="field">
        <label for="edge">{words.edge}</label>
        <input
          id="edge"
          class="input"
          dir="ltr"
          type="url"
          required
          maxLength={300}
          autocomplete="off"
          value={edge}
          onInput={(event) => setEdge(event.currentTarget.value)}
        />
      </div>
      <div class="field">
        <label for="invitation">{words.invitation}</label>
        <textarea
          id="invitation"
          class="input"
          dir="ltr"
          rows={3}
          required
          maxLength={400}
          spellcheck={false}
          autocomplete="off"
          aria-describedby="invitation-hint"
          value={invitation}
          onInput={(event) => setInvitation(event.currentTarget.value)}
        />
        <p class="hint" id="invitation-hint">
          {words.invitationHint}
        </p>
      </div>
      <FailureNotice failure={enrol.failure} />
      <button type="submit" class="button" aria-disabled={enrol.busy}>
        {enrol.busy ? text.loading : words.submit}
      </button>
    </form>
  );
}
