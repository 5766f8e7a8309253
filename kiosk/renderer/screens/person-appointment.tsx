// One person's appointment: as it stands, what can be done with it, and the times to choose from. The edge decides each act.
import { useState } from 'preact/hooks';
import type { Appointment } from '../../../shared/contract/appointment.ts';
import { formatDay, formatTime } from '../../../shared/i18n/format.ts';
import { useLocale } from '../../../shared/ui/locale-context.tsx';
import { Notice } from '../../../shared/ui/notice.tsx';
import type { KioskBridge, KioskState } from '../../bridge/contract.ts';
import { standingOf } from '../appointment-standing.ts';
import { useCall } from '../bridge.ts';
import { civilDay, civilZone } from '../civil-day.ts';
import { FailureNotice } from '../failure-notice.tsx';
import { ScreenTitle } from './screen-title.tsx';
import { type Centre, SlotPicker } from './slot-picker.tsx';

type Props = {
  readonly bridge: KioskBridge;
  readonly state: KioskState;
  readonly number: string;
  readonly appointment: Appointment | undefined;
  readonly done: () => void;
};

type Step = 'seen' | 'choosing' | 'cancelling';

export function PersonAppointment({ bridge, state, number, appointment: first, done }: Props) {
  const { locale, text } = useLocale();
  const words = text.booking;
  const [appointment, setAppointment] = useState(first);
  const [step, setStep] = useState<Step>(first ? 'seen' : 'choosing');
  const [said, setSaid] = useState<string>();
  const [centres, setCentres] = useState<readonly Centre[]>([]);
  const keep = useCall(bridge, 'appointment.keep');
  const own = state.enrolment.state === 'not_enrolled' ? undefined : state.enrolment.centre;
  const act = (asked: Parameters<typeof keep.run>[0], says: string) => {
    setSaid(undefined);
    void keep.run(asked, ({ appointment: kept }) => {
      setAppointment(kept);
      setStep('seen');
      setSaid(says);
    });
  };
  const centreName = (id: string) => {
    if (id === own?.id) return `${own.name[locale]} (${words.here})`;
    return centres.find((each) => each.id === id)?.name[locale] ?? id;
  };
  return (
    <div class="stack">
      <div class="card form wide">
        <ScreenTitle>{words.current}</ScreenTitle>
        {said !== undefined && <Notice tone="good" says={said} />}
        {appointment ? (
          <dl class="facts">
            <div class="first">
              <dt>{words.when}</dt>
              <dd>
                {formatDay(locale, civilDay(appointment.startsAt))} ·{' '}
                {formatTime(locale, appointment.startsAt, civilZone)}
              </dd>
            </div>
            <div>
              <dt>{words.where}</dt>
              <dd>
                <bdi>{centreName(appointment.centreId)}</bdi>
              </dd>
            </div>
            <div>
              <dt>{words.state}</dt>
              <dd>{words.states[standingOf(appointment)]}</dd>
            </div>
          </dl>
        ) : (
          said === undefined && <p>{words.none}</p>
        )}
        <FailureNotice failure={keep.failure} />
        {step === 'cancelling' && appointment && (
          <div class="stack">
            <p>
              <b>{words.cancelSure}</b>
            </p>
            <div class="row">
              <button
                type="button"
                class="button"
                aria-disabled={keep.busy}
                onClick={() => act({ number, act: 'cancel' }, words.cancelled)}
              >
                {words.cancelYes}
              </button>
              <button type="button" class="button quiet" onClick={() => setStep('seen')}>
                {words.cancelNo}
              </button>
            </div>
          </div>
        )}
        {step === 'seen' && (
          <div class="row">
            {appointment && appointment.arrivedAt === undefined && appointment.centreId === own?.id && (
              <button
                type="button"
                class="button"
                aria-disabled={keep.busy}
                onClick={() => act({ number, act: 'arrive' }, words.arrived)}
              >
                {words.arrive}
              </button>
            )}
            <button type="button" class="button quiet" onClick={() => setStep('choosing')}>
              {appointment ? words.move : words.choose}
            </button>
            {appointment && (
              <button type="button" class="button quiet" onClick={() => setStep('cancelling')}>
                {words.cancelIt}
              </button>
            )}
            <button type="button" class="button quiet" onClick={done}>
              {words.another}
            </button>
          </div>
        )}
      </div>
      {step === 'choosing' && (
        <SlotPicker
          bridge={bridge}
          now={state.clock.now}
          ownCentre={own?.id ?? ''}
          busy={keep.busy}
          submitText={appointment ? words.moveHere : words.book}
          found={setCentres}
          submit={(centreId, startsAt) =>
            appointment
              ? act({ number, act: 'move', centreId, startsAt }, words.moved)
              : act({ number, act: 'book', centreId, startsAt }, words.booked)
          }
          leave={appointment ? () => setStep('seen') : done}
        />
      )}
    </div>
  );
}
