// Appointments at the desk: today's, and one person's to book, move, cancel or keep. All of it needs the line, and the screen says so.
import { useEffect, useState } from 'preact/hooks';
import type { Appointment } from '../../../shared/contract/appointment.ts';
import { formatTime } from '../../../shared/i18n/format.ts';
import { useLocale } from '../../../shared/ui/locale-context.tsx';
import { Notice } from '../../../shared/ui/notice.tsx';
import type { KioskBridge, KioskState } from '../../bridge/contract.ts';
import type { Place } from '../app.tsx';
import { standingOf } from '../appointment-standing.ts';
import { useCall } from '../bridge.ts';
import { civilDay, civilZone } from '../civil-day.ts';
import { FailureNotice } from '../failure-notice.tsx';
import { NumberEntry } from './number-entry.tsx';
import { PersonAppointment } from './person-appointment.tsx';

type Props = { readonly bridge: KioskBridge; readonly state: KioskState; readonly go: (place: Place) => void };
type Shown = { readonly number: string; readonly appointment: Appointment | undefined };

export function AppointmentsScreen({ bridge, state, go }: Props) {
  const { text } = useLocale();
  const [shown, setShown] = useState<Shown>();
  const [failure, setFailure] = useState<{ readonly reason: string }>();
  const [busy, setBusy] = useState(false);
  const down = state.line.state === 'down';
  const show = async (number: string) => {
    setBusy(true);
    setFailure(undefined);
    const answer = await bridge.call('appointment.keep', { number, act: 'show' });
    setBusy(false);
    // To have none is an answer here, not a failure.
    if (answer.ok) setShown({ number, appointment: answer.value.appointment });
    else if (answer.error.reason === 'no_appointment') setShown({ number, appointment: undefined });
    else setFailure(answer.error);
  };
  if (shown) {
    return <PersonAppointment bridge={bridge} state={state} {...shown} done={() => setShown(undefined)} />;
  }
  return (
    <div class="stack">
      <NumberEntry
        title={text.booking.title}
        hint={text.kiosk.number.hint}
        busy={busy}
        failure={failure}
        changed={() => setFailure(undefined)}
        submit={(number) => void show(number)}
        leave={() => go('home')}
      >
        {down && <Notice tone="careful" says={text.booking.needsLine} />}
      </NumberEntry>
      {!down && <Today bridge={bridge} now={state.clock.now} />}
    </div>
  );
}

type TodayProps = { readonly bridge: KioskBridge; readonly now: number };

/** What the desk may expect: times and what became of them. No name is known here. */
function Today({ bridge, now }: TodayProps) {
  const { locale, text } = useLocale();
  const words = text.booking;
  const day = useCall(bridge, 'appointment.day');
  const [held, setHeld] = useState<readonly Appointment[]>();
  const date = civilDay(now);
  useEffect(() => {
    void day.run({ date }, ({ appointments }) => setHeld(appointments));
  }, [date]);
  const live = held?.filter(({ state }) => state !== 'cancelled');
  const came = live?.filter((each) => standingOf(each) === 'came' || each.state === 'kept').length ?? 0;
  const missed = live?.filter(({ state }) => state === 'no_show').length ?? 0;
  return (
    <section class="stack">
      <h2>{words.today}</h2>
      <FailureNotice failure={day.failure} />
      {day.busy && live === undefined && (
        <p class="waiting" role="status">
          {text.loading}
        </p>
      )}
      {live?.length === 0 && <p class="hint">{words.todayNone}</p>}
      {live !== undefined && live.length > 0 && (
        <>
          <p class="hint">{words.counts(live.length - came - missed, came, missed)}</p>
          <ul class="lines">
            {live.map((each) => (
              <li key={each.id} class={tones[standingOf(each)]}>
                <b>{formatTime(locale, each.startsAt, civilZone)}</b>
                <span>{words.states[standingOf(each)]}</span>
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}

const tones = { booked: '', came: 'accepted', kept: 'accepted', no_show: 'rejected', cancelled: 'rejected' } as const;
