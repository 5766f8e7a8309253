// The state of this kiosk: line, clock, reader, lists with their fingerprints, and every activation it holds.
import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { reasonText } from '../../../shared/i18n/catalogue.ts';
import { formatInstant } from '../../../shared/i18n/format.ts';
import { useLocale } from '../../../shared/ui/locale-context.tsx';
import { Notice } from '../../../shared/ui/notice.tsx';
import type { KioskBridge, KioskState, OutboxItem, SubmitOutcome } from '../../bridge/contract.ts';
import type { Place } from '../app.tsx';
import { edgeOf, useCall } from '../bridge.ts';
import { FailureNotice } from '../failure-notice.tsx';
import { ResultScreen } from './result.tsx';
import { ScreenTitle } from './screen-title.tsx';

type Props = { readonly bridge: KioskBridge; readonly state: KioskState; readonly go: (place: Place) => void };

export function StatusScreen({ bridge, state, go }: Props) {
  const { locale, text } = useLocale();
  const words = text.kiosk.status;
  const sync = useCall(bridge, 'sync.now');
  const discover = useCall(bridge, 'reader.discover');
  const [synced, setSynced] = useState<number>();
  const [brought, setBrought] = useState<SubmitOutcome>();
  const { enrolment, clock, line, lists, reader } = state;
  const maker = [reader.make, reader.model, reader.serial].filter((part) => part !== undefined).join(' ');
  // On a screen of its own: it can be printed, and clears itself.
  if (brought) return <ResultScreen outcome={brought} edge={edgeOf(state)} done={() => setBrought(undefined)} />;
  return (
    <div class="stack">
      <ScreenTitle>{words.title}</ScreenTitle>
      <div class="row">
        <button
          type="button"
          class="button"
          aria-disabled={sync.busy}
          onClick={() => void sync.run({}, ({ sent }) => setSynced(sent))}
        >
          {sync.busy ? text.loading : words.sync}
        </button>
        <button type="button" class="button quiet" aria-disabled={discover.busy} onClick={() => void discover.run({})}>
          {discover.busy ? text.loading : words.findReader}
        </button>
      </div>
      <FailureNotice failure={sync.failure} />
      {synced !== undefined && !sync.busy && sync.failure === undefined && (
        <Notice tone="good" says={words.synced(synced)} />
      )}
      <FailureNotice failure={discover.failure} />
      {lists.problem !== undefined && sync.failure?.reason !== lists.problem && (
        <FailureNotice failure={{ reason: lists.problem }} />
      )}
      <dl class="card facts status">
        {enrolment.state === 'enrolled' && (
          <>
            <Fact label={words.kiosk}>
              <bdi>{enrolment.name}</bdi>
            </Fact>
            <Fact label={words.centre}>
              <bdi>{enrolment.centre.name[locale]}</bdi> · {text.kiosk.centreTypes[enrolment.centre.type]}
            </Fact>
            <Fact label={words.network}>
              <span class="code">{enrolment.edge}</span>
            </Fact>
          </>
        )}
        <Fact label={words.software}>
          <span class="code">{state.software}</span>
        </Fact>
        <Fact label={words.line}>
          {text.kiosk.bar.line[line.state]}
          <small>
            {words.lastContact}:{' '}
            {line.lastContactAt === undefined ? words.never : formatInstant(locale, line.lastContactAt)}
          </small>
        </Fact>
        <Fact label={words.clock}>
          {formatInstant(locale, clock.now)}
          <small>{clock.knownGood ? words.clockGood : words.clockReasons[clock.reason ?? 'never_checked']}</small>
        </Fact>
        <Fact label={words.reader}>
          {words.readerStates[reader.state]}
          {maker !== '' && (
            <small>
              <bdi dir="ltr">{maker}</bdi>
            </small>
          )}
          {reader.reason !== undefined && <small>{reasonText(text, reader.reason, 'reader').next}</small>}
        </Fact>
        <ListFact label={text.verdict.lists.trust} list={lists.trustList} />
        <ListFact label={text.verdict.lists.status} list={lists.statusList} />
      </dl>
      <Outbox bridge={bridge} counts={state.outbox} show={setBrought} />
      <div>
        <button type="button" class="button quiet" onClick={() => go('home')}>
          {text.back}
        </button>
      </div>
    </div>
  );
}

function Fact({ label, children }: { readonly label: string; readonly children: ComponentChildren }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}

type ListFactProps = { readonly label: string; readonly list: KioskState['lists']['trustList'] };

function ListFact({ label, list }: ListFactProps) {
  const { text } = useLocale();
  const words = text.verdict.lists;
  return (
    <Fact label={label}>
      {list === undefined ? words.never : `${words.version(list.version)} · ${words.age(list.ageSeconds)}`}
      {list && (
        <small>
          {text.kiosk.status.fingerprint} <span class="code">{list.fingerprint}</span>
        </small>
      )}
    </Fact>
  );
}

/** Read again whenever the counts change: that is when an item has moved. */
type OutboxProps = {
  readonly bridge: KioskBridge;
  readonly counts: KioskState['outbox'];
  readonly show: (outcome: SubmitOutcome) => void;
};

function Outbox({ bridge, counts, show }: OutboxProps) {
  const { text } = useLocale();
  const words = text.kiosk.status;
  const [items, setItems] = useState<readonly OutboxItem[]>();
  const { waiting, activated, refused } = counts;
  useEffect(() => {
    let live = true;
    void bridge.call('outbox.list', { limit: 50 }).then((answer) => {
      if (live && answer.ok) setItems(answer.value.items);
    });
    return () => {
      live = false;
    };
  }, [bridge, waiting, activated, refused]);
  return (
    <section class="stack">
      <h2>{words.outbox}</h2>
      {items === undefined && <p class="waiting">{text.loading}</p>}
      {items?.length === 0 && <p class="hint">{words.outboxEmpty}</p>}
      {items !== undefined && items.length > 0 && (
        <ul class="lines">
          {items.map((item) => (
            <OutboxLine key={item.activationId} bridge={bridge} item={item} show={show} />
          ))}
        </ul>
      )}
    </section>
  );
}

const tones = { waiting: 'undecided', activated: 'accepted', refused: 'rejected' } as const;

type LineProps = Omit<OutboxProps, 'counts'> & { readonly item: OutboxItem };

function OutboxLine({ bridge, item, show }: LineProps) {
  const { locale, text } = useLocale();
  const words = text.kiosk.status;
  const open = useCall(bridge, 'outbox.open');
  const { activationId, decidedAt = item.recordedAt } = item;
  return (
    <li class={tones[item.state]}>
      <b>{item.purpose ? text.kiosk.recover.outboxStates[item.state] : words.outboxStates[item.state]}</b>
      <span>
        <span class="code">{item.reference}</span>
        {item.reason !== undefined && ` · ${reasonText(text, item.reason, 'activation').what}`}
        {item.state === 'waiting' && ` · ${words.attempts(item.attempts)}`}
        {item.lastProblem !== undefined && ` · ${reasonText(text, item.lastProblem, 'edge', 'kioskActs').what}`}
      </span>
      <span class="hint">{formatInstant(locale, item.decidedAt ?? item.recordedAt)}</span>
      {item.state === 'activated' && (
        <button
          type="button"
          class="button quiet"
          aria-disabled={open.busy}
          onClick={() =>
            void open.run({ activationId }, (brought) => show({ outcome: 'activated', decidedAt, ...brought }))
          }
        >
          {words.open}
        </button>
      )}
      <FailureNotice failure={open.failure} />
    </li>
  );
}
