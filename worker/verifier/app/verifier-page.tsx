// The page: where are you checking, scan, verdict, and the state of the lists. It asks the edge for public lists and nothing else.
import { useEffect, useRef, useState } from 'preact/hooks';
import type { VerifyContext } from '../../../shared/credential/verdict.ts';
import type { Ed25519 } from '../../../shared/crypto/ed25519.ts';
import { LanguageSwitch, useLocale } from '../../../shared/ui/locale-context.tsx';
import { Notice } from '../../../shared/ui/notice.tsx';
import type { ScanEngine } from '../../../shared/ui/scan-engine.ts';
import { ScanPanel } from '../../../shared/ui/scan-panel.tsx';
import { Mark, Seal } from '../../../shared/ui/shapes.tsx';
import { type ShownVerdict, VerdictCard } from '../../../shared/ui/verdict-card.tsx';
import { checkCode, now } from './check-code.ts';
import type { EdgeLists, ListsOutcome } from './edge-lists.ts';

type Props = { readonly lists: EdgeLists; readonly ed25519: Ed25519; readonly engine: ScanEngine };

const contexts = ['counter', 'gate', 'age', 'border'] as const satisfies readonly VerifyContext[];
const refreshMs = 60_000;
const slowMs = 3_000;

export function VerifierPage({ lists, ed25519, engine }: Props) {
  const { text } = useLocale();
  const [context, setContext] = useState<VerifyContext>('counter');
  const [verdict, setVerdict] = useState<ShownVerdict>();
  const [checking, setChecking] = useState(false);
  /** Grows with every "check another": the camera starts again. */
  const [round, setRound] = useState(0);
  const { state, refresh } = useLists(lists);
  const listsState = <ListsState lists={lists} state={state} refresh={refresh} />;
  /** Before anything else, also where the screen is narrow: nobody should scan first and read this after. */
  const grave = state === 'refused' || state === 'forked';
  useEffect(() => () => verdict?.faceUrl && URL.revokeObjectURL(verdict.faceUrl), [verdict]);

  const check = async (code: string) => {
    setChecking(true);
    setVerdict(undefined);
    if (lists.current === undefined) await refresh();
    const held = lists.current;
    if (held !== undefined) setVerdict(await checkCode(code, context, held, ed25519));
    setChecking(false);
  };
  const next = () => {
    setVerdict(undefined);
    setRound(round + 1);
  };

  return (
    <>
      <header class="page-head">
        <a class="brand" href="/verify">
          <Mark />
          {text.name}
        </a>
        <LanguageSwitch />
      </header>
      <main class={verdict ? 'page-body decided' : 'page-body'}>
        <div class="page-intro">
          <h1>{text.verifier.title}</h1>
          <p>{text.verifier.lead}</p>
          {grave && listsState}
        </div>
        <div class="page-scan">
          <fieldset class="contexts">
            <legend>{text.verifier.contexts.label}</legend>
            {contexts.map((name) => (
              <label key={name}>
                <input type="radio" name="context" checked={context === name} onChange={() => setContext(name)} />
                <span>{text.verifier.contexts[name]}</span>
              </label>
            ))}
          </fieldset>
          <ScanPanel engine={engine} onText={(code) => void check(code)} starts={round} />
        </div>
        <div class="page-result">
          {!grave && listsState}
          {verdict ? (
            <>
              <VerdictCard verdict={verdict} />
              <button type="button" class="button" onClick={next}>
                {text.verifier.next}
              </button>
            </>
          ) : (
            <section class="verdict-idle">
              <Seal shape="accepted" />
              <h2>{checking ? text.verifier.checking : text.verifier.idle}</h2>
              {!checking && <p>{text.verifier.idleHint}</p>}
            </section>
          )}
        </div>
      </main>
    </>
  );
}

type ListsShown = 'loading' | 'slow' | ListsOutcome;

function useLists(lists: EdgeLists) {
  const [state, setState] = useState<ListsShown>('loading');
  const running = useRef<Promise<void> | undefined>(undefined);
  const refresh = (): Promise<void> => {
    const slow = setTimeout(() => setState((was) => (was === 'fresh' ? was : 'slow')), slowMs);
    running.current ??= lists
      .refresh()
      .then((outcome) => {
        setState(outcome);
      })
      .finally(() => {
        clearTimeout(slow);
        running.current = undefined;
      });
    return running.current;
  };
  useEffect(() => {
    void refresh();
    const timer = setInterval(() => void refresh(), refreshMs);
    const online = () => void refresh();
    addEventListener('online', online);
    return () => {
      clearInterval(timer);
      removeEventListener('online', online);
    };
  }, []);
  return { state, refresh };
}

type ListsStateProps = { readonly lists: EdgeLists; readonly state: ListsShown; readonly refresh: () => Promise<void> };

function ListsState({ lists, state, refresh }: ListsStateProps) {
  const { text } = useLocale();
  const words = text.verifier.lists;
  const held = lists.current;
  const age = held?.statusIssuedAt === undefined ? undefined : Math.max(0, now() - held.statusIssuedAt);
  if (state === 'refused') return <Notice tone="bad" says={words.refused} />;
  if (state === 'forked') return <Notice tone="bad" says={words.forked} />;
  if (held === undefined || age === undefined) {
    if (state === 'loading') return <p class="waiting">{words.loading}</p>;
    if (state === 'slow') return <Notice tone="info" says={words.slow} />;
    return (
      <div class="stack">
        <Notice tone="careful" says={words.missing} />
        <button type="button" class="button quiet" onClick={() => void refresh()}>
          {words.refresh}
        </button>
      </div>
    );
  }
  const offline = state === 'unreachable';
  return (
    <p class={offline ? 'lists-line offline' : 'lists-line'} role="status">
      {offline ? words.offline(age) : words.ready(age)}
    </p>
  );
}
