// What the operator came for: activate or recover an account, keep appointments, check a code, look at the kiosk's state.
import type { ComponentChildren } from 'preact';
import { useLocale } from '../../../shared/ui/locale-context.tsx';
import { Notice } from '../../../shared/ui/notice.tsx';
import { CodeOutline, Mark } from '../../../shared/ui/shapes.tsx';
import type { ActivationState, KioskBridge, KioskState, Operator } from '../../bridge/contract.ts';
import type { Place } from '../app.tsx';
import { useCall } from '../bridge.ts';
import { FailureNotice } from '../failure-notice.tsx';
import type { Finger } from '../finger-sets.ts';
import { ScreenTitle } from './screen-title.tsx';

type Props = {
  readonly bridge: KioskBridge;
  readonly state: KioskState;
  readonly operator: Operator;
  readonly go: (place: Place) => void;
};

export function HomeScreen({ bridge, state, operator, go }: Props) {
  const { locale, text } = useLocale();
  const words = text.kiosk.home;
  const { waiting } = state.outbox;
  const { activation } = state;
  const [own] = operator.fingers ?? [];
  return (
    <div class="stack">
      <ScreenTitle>{words.title(operator.name[locale])}</ScreenTitle>
      {state.lists.problem !== undefined && <FailureNotice failure={{ reason: state.lists.problem }} />}
      {waiting > 0 && <Notice tone="careful" says={words.waiting(waiting)} />}
      {!state.clock.knownGood && state.clock.reason !== undefined && state.clock.reason !== 'differs' && (
        <Notice
          tone="careful"
          says={`${text.kiosk.status.clock}: ${text.kiosk.status.clockReasons[state.clock.reason]}`}
        />
      )}
      {activation && <OnDesk bridge={bridge} activation={activation} go={go} />}
      <div class="tiles">
        <Tile class="main" title={words.activate} hint={words.activateHint} onClick={() => go('activate')}>
          <Mark />
        </Tile>
        <Tile title={text.kiosk.recover.tile} hint={text.kiosk.recover.tileHint} onClick={() => go('recover')}>
          <TileIcon d="M10 24a14 14 0 1 0 5-10.700M10 8v9h9M24 17v8l6 4" />
        </Tile>
        <Tile title={text.booking.tile} hint={text.booking.tileHint} onClick={() => go('appointments')}>
          <TileIcon d="M8 12h32v28H8zM8 20h32M16 7v9m16-9v9M16 28h4m6 0h6m-16 7h4" />
        </Tile>
        <Tile title={words.check} hint={words.checkHint} onClick={() => go('check')}>
          <CodeOutline />
        </Tile>
        <Tile title={words.status} hint={words.statusHint} onClick={() => go('status')}>
          <TileIcon d="M8 40V26m11 14V10m11 30V20m11 20V6" />
        </Tile>
      </div>
      <div class="row own-finger">
        <button type="button" class="button quiet" onClick={() => go('finger')}>
          {text.kiosk.finger.tile}
        </button>
        <p class="hint">
          {own === undefined
            ? text.kiosk.finger.none
            : text.kiosk.finger.enrolled(text.kiosk.capture.fingers[own as Finger])}
        </p>
      </div>
    </div>
  );
}

/** Drawn with one pen: `d` is its way over 48 by 48. */
function TileIcon({ d }: { readonly d: string }) {
  return (
    <svg viewBox="0 0 48 48" aria-hidden="true">
      <path d={d} fill="none" stroke="currentColor" stroke-width="4" stroke-linecap="round" stroke-linejoin="round" />
    </svg>
  );
}

type OnDeskProps = Pick<Props, 'bridge' | 'go'> & { readonly activation: ActivationState };

/** Somebody went home in the middle: the next person must not meet the last one's. */
function OnDesk({ bridge, activation, go }: OnDeskProps) {
  const { text } = useLocale();
  const words = text.kiosk.home;
  const { activationId, reference, purpose } = activation;
  const cancel = useCall(bridge, 'activation.cancel');
  return (
    <section class="card form wide on-desk">
      <p>{(purpose ? words.recoveryOnDesk : words.onDesk)(reference)}</p>
      <div class="row">
        <button type="button" class="button" onClick={() => go(purpose ?? 'activate')}>
          {words.goOn}
        </button>
        <button
          type="button"
          class="button quiet"
          aria-disabled={cancel.busy}
          onClick={() => void cancel.run({ activationId })}
        >
          {text.cancel}
        </button>
      </div>
      <FailureNotice failure={cancel.failure} />
    </section>
  );
}

type TileProps = {
  readonly class?: string;
  readonly title: string;
  readonly hint: string;
  readonly onClick: () => void;
  readonly children: ComponentChildren;
};

function Tile({ class: extra = '', title, hint, onClick, children }: TileProps) {
  return (
    <button type="button" class={`tile ${extra}`} onClick={onClick}>
      {children}
      <span class="tile-title">{title}</span>
      <span>{hint}</span>
    </button>
  );
}
