// A time to come: which centre, which of the next days, which of its free slots. Days off are known before anybody is asked.
import { useEffect, useState } from 'preact/hooks';
import type { CentresAnswer, SlotsAnswer } from '../../../shared/contract/appointment.ts';
import { formatDay, formatTime } from '../../../shared/i18n/format.ts';
import { useLocale } from '../../../shared/ui/locale-context.tsx';
import type { KioskBridge } from '../../bridge/contract.ts';
import { useCall } from '../bridge.ts';
import { civilZone, daysFrom, weekdayOf } from '../civil-day.ts';
import { FailureNotice } from '../failure-notice.tsx';

export type Centre = CentresAnswer['centres'][number];

type Props = {
  readonly bridge: KioskBridge;
  readonly now: number;
  readonly ownCentre: string;
  readonly busy: boolean;
  readonly submitText: string;
  /** The centres, once they are known: their names are of use elsewhere too. */
  readonly found: (centres: readonly Centre[]) => void;
  readonly submit: (centreId: string, startsAt: number) => void;
  readonly leave: () => void;
};

const daysShown = 14;

function isOpen({ hours, closed }: Centre, date: string): boolean {
  return !closed.includes(date) && hours.some(({ weekday }) => weekday === weekdayOf(date));
}

export function SlotPicker({ bridge, now, ownCentre, busy, submitText, found, submit, leave }: Props) {
  const { locale, text } = useLocale();
  const words = text.booking;
  const load = useCall(bridge, 'appointment.centres');
  const ask = useCall(bridge, 'appointment.slots');
  const [centres, setCentres] = useState<readonly Centre[]>();
  const [centreId, setCentreId] = useState(ownCentre);
  const [date, setDate] = useState<string>();
  const [slots, setSlots] = useState<SlotsAnswer['slots']>();
  const [startsAt, setStartsAt] = useState<number>();
  const days = daysFrom(now, daysShown);
  const centre = centres?.find(({ id }) => id === centreId);

  const choose = (chosen: Centre | undefined, wanted: string | undefined) => {
    setDate(wanted);
    setStartsAt(undefined);
    setSlots(undefined);
    if (chosen && wanted) void ask.run({ date: wanted, centreId: chosen.id }, (answer) => setSlots(answer.slots));
  };
  useEffect(() => {
    void load.run({}, (answer) => {
      // Own centre first: that is where they stand.
      const sorted = [...answer.centres].sort((a, b) => Number(b.id === ownCentre) - Number(a.id === ownCentre));
      setCentres(sorted);
      found(sorted);
      const first = sorted.find(({ id }) => id === ownCentre) ?? sorted[0];
      setCentreId(first?.id ?? '');
      choose(first, first && days.find((day) => isOpen(first, day)));
    });
  }, []);
  const send = (event: Event) => {
    event.preventDefault();
    if (startsAt !== undefined && !busy) submit(centreId, startsAt);
  };
  const free = slots?.filter((slot) => slot.free > 0).length ?? 0;
  return (
    <form class="card form wide" onSubmit={send}>
      <h2>{words.choose}</h2>
      <FailureNotice failure={load.failure ?? ask.failure} />
      {load.busy && (
        <p class="waiting" role="status">
          {text.loading}
        </p>
      )}
      {centres !== undefined && (
        <>
          <div class="field">
            <label for="centre">{words.centre}</label>
            <select
              id="centre"
              class="input"
              value={centreId}
              disabled={ask.busy}
              onChange={(event) => {
                const chosen = centres.find(({ id }) => id === event.currentTarget.value);
                setCentreId(chosen?.id ?? '');
                choose(chosen, chosen && days.find((day) => isOpen(chosen, day)));
              }}
            >
              {centres.map((each) => (
                <option key={each.id} value={each.id}>
                  {each.name[locale]}
                  {each.id === ownCentre ? ` (${words.here})` : ''} · {text.kiosk.centreTypes[each.type]}
                </option>
              ))}
            </select>
          </div>
          {centre && centre.hours.length === 0 && <p class="hint">{words.noHours}</p>}
          {centre && centre.hours.length > 0 && (
            <fieldset class="contexts days">
              <legend>{words.day}</legend>
              {days.map((day) => (
                <label key={day}>
                  <input
                    type="radio"
                    name="day"
                    checked={date === day}
                    disabled={!isOpen(centre, day) || ask.busy}
                    onChange={() => choose(centre, day)}
                  />
                  <span>
                    {formatDay(locale, day)}
                    {!isOpen(centre, day) && <small> ({words.closed})</small>}
                  </span>
                </label>
              ))}
            </fieldset>
          )}
          {ask.busy && (
            <p class="waiting" role="status">
              {text.loading}
            </p>
          )}
          {slots !== undefined && free === 0 && <p role="status">{words.noSlots}</p>}
          {slots !== undefined && free > 0 && (
            <fieldset class="contexts slots">
              <legend>{words.time}</legend>
              {slots.map((slot) => (
                <label key={slot.startsAt}>
                  <input
                    type="radio"
                    name="slot"
                    checked={startsAt === slot.startsAt}
                    disabled={slot.free === 0}
                    onChange={() => setStartsAt(slot.startsAt)}
                  />
                  <span>
                    {formatTime(locale, slot.startsAt, civilZone)}
                    <small>{slot.free === 0 ? words.full : words.free(slot.free)}</small>
                  </span>
                </label>
              ))}
            </fieldset>
          )}
        </>
      )}
      <div class="row">
        <button type="submit" class="button" aria-disabled={startsAt === undefined || busy}>
          {busy ? text.loading : submitText}
        </button>
        <button type="button" class="button quiet" onClick={leave}>
          {text.back}
        </button>
      </div>
    </form>
  );
}
