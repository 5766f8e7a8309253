// Civil days of the registry's country, by which centres open. Knows no centre.

/** The zone in which the registry counts days; the edge checks every time again. */
export const civilZone = 'Asia/Riyadh';

const daySeconds = 86_400;

/** `YYYY-MM-DD` at this instant, epoch seconds. */
export function civilDay(at: number): string {
  return new Intl.DateTimeFormat('en-CA', { timeZone: civilZone }).format(at * 1000);
}

/** The civil days from today on. */
export function daysFrom(at: number, count: number): string[] {
  return Array.from({ length: count }, (_, ahead) => civilDay(at + ahead * daySeconds));
}

/** 0 Sunday to 6 Saturday. */
export function weekdayOf(date: string): number {
  return new Date(`${date}T00:00:00Z`).getUTCDay();
}
