// What was approved without a finger, once more before it is sent: why, by whom, and what level the account will have.
import { useLocale } from '../../../shared/ui/locale-context.tsx';
import type { ActivationState } from '../../bridge/contract.ts';
import type { Failure } from '../bridge.ts';
import { FailureNotice } from '../failure-notice.tsx';
import { ScreenTitle } from './screen-title.tsx';

type Props = {
  readonly exception: NonNullable<ActivationState['exception']>;
  readonly failure: Failure | undefined;
  readonly submit: () => void;
  readonly leave: () => void;
};

export function ExceptedScreen({ exception, failure, submit, leave }: Props) {
  const { locale, text } = useLocale();
  const words = text.kiosk.exception;
  return (
    <div class="card form">
      <ScreenTitle>{words.summary}</ScreenTitle>
      <dl class="facts">
        <div class="first">
          <dt>{words.why}</dt>
          <dd>{words.reasons[exception.reason]}</dd>
        </div>
        <div>
          <dt>{words.approved}</dt>
          <dd>
            <bdi>{exception.supervisor.name[locale]}</bdi>
          </dd>
        </div>
        <div>
          <dt>{words.level}</dt>
          <dd>{words.levelValue}</dd>
        </div>
      </dl>
      <FailureNotice failure={failure} />
      <div class="row">
        <button type="button" class="button" onClick={submit}>
          {text.kiosk.capture.submit}
        </button>
        <button type="button" class="button quiet" onClick={leave}>
          {text.cancel}
        </button>
      </div>
    </div>
  );
}
