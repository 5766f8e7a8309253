// How an activation or a recovery ended: done, refused with the reason and what to do, or recorded and NOT yet done.
import { useEffect, useState } from 'preact/hooks';
import { type Catalogue, reasonText } from '../../../shared/i18n/catalogue.ts';
import { useLocale } from '../../../shared/ui/locale-context.tsx';
import { Notice } from '../../../shared/ui/notice.tsx';
import { Seal } from '../../../shared/ui/shapes.tsx';
import type { SubmitOutcome } from '../../bridge/contract.ts';
import { Issued } from './issued.tsx';
import { ScreenTitle } from './screen-title.tsx';

/** Whoever reads it need not try again: the kiosk does. */
function whyNotTaken(text: Catalogue, problem: string) {
  const { what, next } = reasonText(text, problem, 'edge');
  return problem === 'edge_misbehaved' ? what : { what, next };
}

type Props = { readonly outcome: SubmitOutcome; readonly edge: string; readonly done: () => void };

/** The person's code must not stay on a screen that everybody passes. */
const clearSeconds = 300;

const seals = { activated: 'accepted', refused: 'rejected', recorded: 'undecided' } as const;

export function ResultScreen({ outcome, edge, done }: Props) {
  const { text } = useLocale();
  const [left, setLeft] = useState(clearSeconds);
  useEffect(() => {
    const timer = setInterval(() => setLeft((seconds) => seconds - 1), 1000);
    return () => clearInterval(timer);
  }, []);
  useEffect(() => {
    if (left <= 0) done();
  }, [left, done]);
  const words = (outcome.purpose ? text.kiosk.recover : text.kiosk.result)[outcome.outcome];
  const reason = outcome.outcome === 'refused' ? reasonText(text, outcome.reason, 'activation') : undefined;
  const problem = outcome.outcome === 'recorded' ? outcome.problem : undefined;
  const seal = seals[outcome.outcome];
  const now = Math.floor(Date.now() / 1000);
  return (
    <div class="stack result">
      <section class={`card verdict ${seal}`}>
        <div class="verdict-head">
          <Seal shape={seal} />
          <ScreenTitle>{words.title}</ScreenTitle>
        </div>
        <div class="verdict-body">
          {reason ? (
            <div class="verdict-why">
              <p class="what">{reason.what}</p>
              <p>{reason.next}</p>
            </div>
          ) : (
            'lead' in words && (
              <p class="result-lead">{problem !== undefined && 'kept' in words ? words.kept : words.lead}</p>
            )
          )}
          {problem !== undefined && <Notice tone="careful" says={whyNotTaken(text, problem)} />}
          <dl class="facts">
            <div>
              <dt>{text.kiosk.result.reference}</dt>
              <dd>
                <bdi class="code">{outcome.reference}</bdi>
              </dd>
            </div>
          </dl>
        </div>
      </section>
      {outcome.outcome === 'activated' && <Issued {...outcome} edge={edge} now={now} />}
      <div class="row no-print">
        {outcome.outcome !== 'refused' && (
          <button type="button" class="button quiet" onClick={() => print()}>
            {text.kiosk.result.print}
          </button>
        )}
        <button type="button" class="button" onClick={done}>
          {text.kiosk.result.finish}
        </button>
        {left <= 60 && <p class="hint">{text.kiosk.result.clears(left)}</p>}
      </div>
    </div>
  );
}
