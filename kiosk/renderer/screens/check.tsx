// Check a code with the kiosk's camera, offline: our own scanner, and the verdict that the core gives.
import { useEffect, useMemo, useState } from 'preact/hooks';
import { reasonText } from '../../../shared/i18n/catalogue.ts';
import { formatInstant } from '../../../shared/i18n/format.ts';
import { cameraEngine } from '../../../shared/ui/camera-engine.ts';
import { faceAddress } from '../../../shared/ui/drawable-face.ts';
import { useLocale } from '../../../shared/ui/locale-context.tsx';
import { ScanPanel } from '../../../shared/ui/scan-panel.tsx';
import { type ShownVerdict, VerdictCard } from '../../../shared/ui/verdict-card.tsx';
import type { CheckAnswer, KioskBridge, PastCheck } from '../../bridge/contract.ts';
import type { Place } from '../app.tsx';
import { useCall } from '../bridge.ts';
import { FailureNotice } from '../failure-notice.tsx';
import { createScanWorker } from '../scan-worker-policy.ts';
import { ScreenTitle } from './screen-title.tsx';

type Props = { readonly bridge: KioskBridge; readonly go: (place: Place) => void };

const contexts = ['counter', 'gate', 'age', 'border'] as const;

export function CheckScreen({ bridge, go }: Props) {
  const { text } = useLocale();
  const engine = useMemo(() => cameraEngine(createScanWorker), []);
  const [context, setContext] = useState<(typeof contexts)[number]>('counter');
  const [verdict, setVerdict] = useState<ShownVerdict>();
  const [round, setRound] = useState(0);
  const check = useCall(bridge, 'verifier.check');
  const again = () => {
    setVerdict(undefined);
    setRound(round + 1);
  };
  if (verdict) {
    return (
      <div class="stack narrow">
        <VerdictCard verdict={verdict} heading="h1" />
        <div class="row">
          <button type="button" class="button" onClick={again}>
            {text.kiosk.check.again}
          </button>
          <button type="button" class="button quiet" onClick={() => go('home')}>
            {text.back}
          </button>
        </div>
      </div>
    );
  }
  return (
    <div class="stack narrow">
      <ScreenTitle>{text.kiosk.check.title}</ScreenTitle>
      <fieldset class="contexts">
        <legend>{text.verifier.contexts.label}</legend>
        {contexts.map((name) => (
          <label key={name}>
            <input type="radio" name="context" checked={context === name} onChange={() => setContext(name)} />
            <span>{text.verifier.contexts[name]}</span>
          </label>
        ))}
      </fieldset>
      <FailureNotice failure={check.failure} />
      <ScanPanel
        engine={engine}
        starts={round + 1}
        onText={(code) => void check.run({ text: code, context }, (answer) => setVerdict(shownOf(answer)))}
      />
      <Recent bridge={bridge} />
    </div>
  );
}

function shownOf(answer: CheckAnswer): ShownVerdict {
  const { face, ...facts } = answer.claims ?? {};
  const faceUrl = face && faceAddress(face);
  return {
    outcome: answer.verdict.outcome,
    check: answer.verdict.check,
    profile: answer.profile,
    context: answer.context,
    claims: answer.claims && facts,
    faceUrl,
    faceNotShown: face !== undefined && faceUrl === undefined,
    ages: answer.ages,
    at: answer.at,
  };
}

function Recent({ bridge }: { readonly bridge: KioskBridge }) {
  const { locale, text } = useLocale();
  const [checks, setChecks] = useState<readonly PastCheck[]>([]);
  useEffect(() => {
    let live = true;
    void bridge.call('verifier.recent', { limit: 5 }).then((answer) => {
      if (live && answer.ok) setChecks(answer.value.checks);
    });
    return () => {
      live = false;
    };
  }, [bridge]);
  return (
    <section class="stack">
      <h2>{text.kiosk.check.recent}</h2>
      {checks.length === 0 ? (
        <p class="hint">{text.kiosk.check.none}</p>
      ) : (
        <ul class="lines">
          {checks.map((past) => (
            <li key={`${past.at}${past.outcome}${past.check ?? ''}`} class={past.outcome}>
              <b>{text.outcomes[past.outcome].short}</b>
              <span>{past.check === undefined ? '' : reasonText(text, past.check, 'check').what}</span>
              <span class="hint">{formatInstant(locale, past.at)}</span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
