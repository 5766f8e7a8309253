// The journal's columns, the same in every database: an act's row goes in the same batch as the act.
import { integer, text } from 'drizzle-orm/sqlite-core';

export const journalColumns = {
  seq: integer('seq').primaryKey({ autoIncrement: true }),
  at: integer('at').notNull(),
  /** Stable event code, e.g. `activation.activated` (worker/journal/events.ts). */
  event: text('event').notNull(),
  /** `kiosk:…`, `operator:…`, `admin:…`, `verifier:…`, `client:…`, `subject:…`, `system`. Never a unified number. */
  actor: text('actor').notNull(),
  subjectId: text('subject_id'),
  /** What the act was about, e.g. an activation id, a status index, a client id. */
  object: text('object'),
  /** JSON of codes and counts; never personal data. */
  detail: text('detail'),
  /** 1 once the row has gone to the queue. */
  handedOn: integer('handed_on').notNull().default(0),
};
