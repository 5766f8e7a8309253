// A centre's week as it is typed: `--open 08:00-12:00,13:00-16:00 --days sun,mon,tue,wed,thu`. Knows no terminal and no edge.

import { err, ok, type Result } from '../../shared/base/result.ts';
import type { CentreHours } from '../../shared/contract/appointment.ts';

const days = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

export type HoursTyped = {
  /** Ranges of a day, by comma; `24:00` ends one. */
  readonly open: string;
  /** Three letters each, by comma; undefined: every day. */
  readonly days: string | undefined;
  readonly slotMinutes: number;
  readonly seats: number;
  /** Days off, YYYY-MM-DD, by comma. */
  readonly closed: string | undefined;
};

/** What is wrong is said with an example; whether ranges overlap is the edge's to say. */
export function hoursOf(typed: HoursTyped): Result<CentreHours, { readonly says: string }> {
  const weekdays = (typed.days ?? days.join()).split(',').map((day) => days.indexOf(day.trim().toLowerCase()));
  if (weekdays.includes(-1)) return err({ says: `--days takes days like ${days.slice(0, 5).join()}` });
  const ranges = typed.open.split(',').map(rangeOf);
  const hours: CentreHours['hours'] = [];
  for (const range of ranges) {
    if (!range) return err({ says: '--open takes times like 08:00-12:00,13:00-16:00' });
    for (const weekday of weekdays)
      hours.push({ weekday, ...range, slotMinutes: typed.slotMinutes, seats: typed.seats });
  }
  return ok({ hours, closed: typed.closed?.split(',').map((day) => day.trim()) ?? [] });
}

function rangeOf(text: string): { opensAt: number; closesAt: number } | undefined {
  const [opensAt, closesAt] = text.split('-').map(minuteOf);
  return opensAt === undefined || closesAt === undefined || text.split('-').length !== 2
    ? undefined
    : { opensAt, closesAt };
}

function minuteOf(text: string): number | undefined {
  const [, hour = '', minute = ''] = /^\s*(\d{1,2}):(\d{2})\s*$/.exec(text) ?? [];
  const at = Number(hour) * 60 + Number(minute);
  return hour === '' || Number(minute) > 59 || at > 1440 ? undefined : at;
}
