// Small facts that survive a restart, as JSON read back through their schema: a fact that no longer fits is as if unknown.
import * as z from 'zod';
import { ActivationPolicy, Sync } from '../../../shared/contract/kiosk.ts';
import { type Fork, forksOf } from '../../../shared/trust/fork.ts';
import type { Database } from './database.ts';

/** What was true of the clocks when the edge last told the time. */
export const ClockAnchor = z.object({
  edgeTime: z.int(),
  wallMs: z.number(),
  monotonicMs: z.number(),
  bootId: z.string(),
});
export type ClockAnchor = z.infer<typeof ClockAnchor>;

const shapes = {
  policy: ActivationPolicy,
  evidenceKey: Sync.shape.evidenceKey,
  /** '' where the edge opens no captures that a reader sealed. */
  captureCertificate: z.string().max(6_000),
  mayRecordOffline: z.boolean(),
  clockAnchor: ClockAnchor,
  lastContactAt: z.int(),
  forks: z.custom<readonly Fork[]>((value) => forksOf(value) !== undefined),
} as const;
type Shapes = typeof shapes;
export type FactName = keyof Shapes;
export type Fact<N extends FactName> = z.output<Shapes[N]>;

export class FactStore {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  load<N extends FactName>(name: N): Fact<N> | undefined {
    const row = this.#db.prepare('SELECT value FROM facts WHERE name = ?').get(name);
    if (!row) return undefined;
    const parsed = shapes[name].safeParse(JSON.parse(row['value'] as string));
    return parsed.success ? (parsed.data as Fact<N>) : undefined;
  }

  keep<N extends FactName>(name: N, value: Fact<N>): void {
    this.#db
      .prepare('INSERT INTO facts (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value')
      .run(name, JSON.stringify(value));
  }
}
