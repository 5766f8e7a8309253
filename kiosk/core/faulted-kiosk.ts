// What the screens get in place of a kiosk whose state cannot be opened: the reason, to every question. Nothing is touched on the disk.
import { type Handlers, isChannel } from '../bridge/dispatch.ts';
import type { Kiosk } from './kiosk.ts';
import type { StoreFault } from './store/faults.ts';

export function faultedKiosk(reason: StoreFault): Kiosk {
  return {
    call: (channel: keyof Handlers) =>
      Promise.resolve({ ok: false, error: { reason: isChannel(channel) ? reason : 'bad_input' } }) as ReturnType<
        Kiosk['call']
      >,
    onEvent: () => () => {},
    close: () => Promise.resolve(),
  };
}
