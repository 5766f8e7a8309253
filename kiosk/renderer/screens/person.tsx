// Is this the person before you: the masked name and what is required. Offline there is no name, and the screen says so.

import { useLocale } from '../../../shared/ui/locale-context.tsx';
import { Notice } from '../../../shared/ui/notice.tsx';
import type { ActivationState } from '../../bridge/contract.ts';
import { ScreenTitle } from './screen-title.tsx';

type Props = {
  readonly activation: ActivationState;
  readonly confirm: (minor: boolean) => void;
  readonly leave: () => void;
};

export function PersonScreen({ activation, confirm, leave }: Props) {
  const { locale, text } = useLocale();
  const words = text.kiosk.person;
  const { maskedName, requires, reference, mode, appointment, guardians, purpose } = activation;
  const recover = text.kiosk.recover;
  const withGuardian = requires.includes('guardian_fingerprint');
  return (
    <div class="card form">
      <ScreenTitle>{words.title}</ScreenTitle>
      {mode === 'offline' && (
        <Notice
          tone="careful"
          says={{ what: purpose ? recover.offline : text.kiosk.number.offline, next: words.unknownOffline }}
        />
      )}
      {purpose === 'recover' && <Notice tone="careful" says={recover.ends} />}
      <dl class="facts">
        {maskedName && (
          <div class="first">
            <dt>{words.maskedName}</dt>
            <dd>
              <bdi>{maskedName[locale]}</bdi>
            </dd>
          </div>
        )}
        <div>
          <dt>{words.requires}</dt>
          <dd>
            <ul class="requires">
              {requires.map((name) => (
                <li key={name}>{words.requirements[name]}</li>
              ))}
            </ul>
          </dd>
        </div>
        {appointment !== undefined && appointment !== 'not_needed' && (
          <div>
            <dt>{words.appointment}</dt>
            <dd>{words.appointments[appointment]}</dd>
          </div>
        )}
        {guardians !== undefined && guardians.length > 0 && (
          <div>
            <dt>{words.guardians}</dt>
            <dd>
              <ul class="requires">
                {[...new Set(guardians)].map((relation) => (
                  <li key={relation}>{words.relations[relation]}</li>
                ))}
              </ul>
            </dd>
          </div>
        )}
        <div>
          <dt>{words.reference}</dt>
          <dd>
            <bdi class="code">{reference}</bdi>
          </dd>
        </div>
      </dl>
      <div class="row">
        <button type="button" class="button" onClick={() => confirm(false)}>
          {withGuardian ? words.submitGuardian : words.submit}
        </button>
        {mode === 'offline' && (
          <button type="button" class="button quiet" aria-describedby="minor-hint" onClick={() => confirm(true)}>
            {text.kiosk.guardian.open}
          </button>
        )}
        <button type="button" class="button quiet" onClick={leave}>
          {words.no}
        </button>
      </div>
      {mode === 'offline' && (
        <p class="hint" id="minor-hint">
          {text.kiosk.guardian.openHint}
        </p>
      )}
    </div>
  );
}
