// The guardian of a minor: the number, then whether this is the person who stands there. The finger comes after.
import { useState } from 'preact/hooks';
import { useLocale } from '../../../shared/ui/locale-context.tsx';
import { Notice } from '../../../shared/ui/notice.tsx';
import type { ActivationState, KioskBridge } from '../../bridge/contract.ts';
import { useCall } from '../bridge.ts';
import { NumberEntry } from './number-entry.tsx';
import { ScreenTitle } from './screen-title.tsx';

type Props = {
  readonly bridge: KioskBridge;
  readonly activation: ActivationState;
  readonly confirm: () => void;
  readonly leave: () => void;
};

export function GuardianScreen({ bridge, activation, confirm, leave }: Props) {
  const { locale, text } = useLocale();
  const [another, setAnother] = useState(false);
  const name = useCall(bridge, 'activation.guardian');
  const words = text.kiosk.guardian;
  const { activationId, guardian } = activation;
  if (guardian === undefined || another) {
    return (
      <NumberEntry
        title={words.title}
        hint={words.hint}
        busy={name.busy}
        failure={name.failure}
        changed={name.clear}
        submit={(number) => void name.run({ activationId, number }, () => setAnother(false))}
        leave={leave}
      />
    );
  }
  return (
    <div class="card form">
      <ScreenTitle>{words.confirmTitle}</ScreenTitle>
      {guardian.maskedName && guardian.relation ? (
        <dl class="facts">
          <div class="first">
            <dt>{text.kiosk.person.maskedName}</dt>
            <dd>
              <bdi>{guardian.maskedName[locale]}</bdi>
            </dd>
          </div>
          <div>
            <dt>{words.relation}</dt>
            <dd>{text.kiosk.person.relations[guardian.relation]}</dd>
          </div>
        </dl>
      ) : (
        <Notice tone="careful" says={words.unnamed} />
      )}
      <div class="row">
        <button type="button" class="button" onClick={confirm}>
          {words.submit}
        </button>
        <button type="button" class="button quiet" onClick={() => setAnother(true)}>
          {words.another}
        </button>
        <button type="button" class="button quiet" onClick={leave}>
          {text.cancel}
        </button>
      </div>
    </div>
  );
}
