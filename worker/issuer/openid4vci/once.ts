// A Durable Object for what may happen once: the name of the thing is the object's, and taking it the second time says so.

import { DurableObject } from 'cloudflare:workers';

export interface OnceObject {
  /** True for the first caller only. It is forgotten after `seconds`: by then the thing must be refused for its age. */
  take(seconds: number): Promise<boolean>;
}

export class Once extends DurableObject implements OnceObject {
  async take(seconds: number): Promise<boolean> {
    if (this.ctx.storage.kv.get<boolean>('taken')) return false;
    this.ctx.storage.kv.put('taken', true);
    void this.ctx.storage.setAlarm(Date.now() + seconds * 1000);
    return true;
  }

  override async alarm(): Promise<void> {
    await this.ctx.storage.deleteAll();
  }
}
