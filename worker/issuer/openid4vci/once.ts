// A Durable Object for what may happen once: a thing of its own, named by the object's name, or one of many that share an object.
// Taking it the second time says so.

import { DurableObject } from 'cloudflare:workers';

export interface OnceObject {
  /** True for the first caller only. It is forgotten after `seconds`: by then the thing must be refused for its age. */
  take(seconds: number): Promise<boolean>;
  /** The same for one of many: `key` is kept until `until` (epoch seconds). */
  spend(key: string, until: number): Promise<boolean>;
}

/** How long what is past its time may lie about. */
const sweepMs = 600_000;

export class Once extends DurableObject implements OnceObject {
  #swept = false;

  async take(seconds: number): Promise<boolean> {
    if (this.ctx.storage.kv.get<boolean>('taken')) return false;
    this.ctx.storage.kv.put('taken', true);
    void this.ctx.storage.setAlarm(Date.now() + seconds * 1000);
    return true;
  }

  async spend(key: string, until: number): Promise<boolean> {
    const { kv } = this.ctx.storage;
    if (kv.get<number>(`spent:${key}`) !== undefined) return false;
    kv.put(`spent:${key}`, until);
    // Swept together, not one by one: an alarm that is set stays.
    if (!this.#swept) void this.ctx.storage.setAlarm(Date.now() + sweepMs);
    this.#swept = true;
    return true;
  }

  override async alarm(): Promise<void> {
    this.#swept = false;
    const { kv } = this.ctx.storage;
    const now = Date.now() / 1000;
    let left = false;
    for (const [key, until] of kv.list<number>({ prefix: 'spent:' })) {
      if (until < now) kv.delete(key);
      else left = true;
    }
    if (!left) return this.ctx.storage.deleteAll();
    this.#swept = true;
    await this.ctx.storage.setAlarm(Date.now() + sweepMs);
  }
}
