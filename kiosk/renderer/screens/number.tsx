// The person's unified number, with which an activation or a recovery begins.
import { useLocale } from '../../../shared/ui/locale-context.tsx';
import { Notice } from '../../../shared/ui/notice.tsx';
import type { KioskBridge, KioskState } from '../../bridge/contract.ts';
import type { Place } from '../app.tsx';
import { type Failure, useCall } from '../bridge.ts';
import { NumberEntry } from './number-entry.tsx';

type Props = {
  readonly bridge: KioskBridge;
  readonly state: KioskState;
  readonly place: 'activate' | 'recover';
  readonly go: (place: Place) => void;
  /** Why the one before this ended without a result. */
  readonly ended: Failure | undefined;
  readonly forget: () => void;
};

/** What the number turned out to need instead. */
const instead = { already_active: 'recover', nothing_to_recover: 'activate' } as const;

export function NumberScreen({ bridge, state, place, go, ended, forget }: Props) {
  const { text } = useLocale();
  const begin = useCall(bridge, 'activation.begin');
  const words = text.kiosk.number;
  const recover = text.kiosk.recover;
  const recovers = place === 'recover';
  const reason = begin.failure?.reason;
  const needsAppointment = reason?.startsWith('appointment_') ?? false;
  const other = reason === 'already_active' || reason === 'nothing_to_recover' ? instead[reason] : undefined;
  return (
    <NumberEntry
      title={recovers ? recover.number : words.title}
      hint={words.hint}
      busy={begin.busy}
      failure={begin.failure ?? ended}
      changed={() => {
        begin.clear();
        forget();
      }}
      remedy={
        needsAppointment ? (
          <button type="button" class="button quiet" onClick={() => go('appointments')}>
            {text.booking.tile}
          </button>
        ) : other !== undefined ? (
          <button
            type="button"
            class="button quiet"
            onClick={() => {
              // The number stays where it was typed.
              begin.clear();
              go(other);
            }}
          >
            {other === 'recover' ? recover.instead : recover.activateInstead}
          </button>
        ) : undefined
      }
      submit={(number) => void begin.run({ number, ...(recovers ? { purpose: 'recover' } : {}) })}
    >
      {state.line.state === 'down' && <Notice tone="careful" says={recovers ? recover.offline : words.offline} />}
    </NumberEntry>
  );
}
