// The browser's end of the bridge on loopback: puts `window.tawthiq` there before the page's own script runs. Served with its
// types stripped; imports types only.
import type { Channel, Input, KioskBridge, KioskEvent, Output } from '../bridge/contract.ts';

const unexpected = { ok: false, error: { reason: 'unexpected' } } as const;

const bridge: KioskBridge = {
  async call<C extends Channel>(channel: C, input: Input<C>): Promise<Output<C>> {
    try {
      const answer = await fetch(`/bridge/${channel}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(input),
      });
      return answer.ok ? ((await answer.json()) as Output<C>) : (unexpected as Output<C>);
    } catch {
      return unexpected as Output<C>;
    }
  },
  onEvent(listener) {
    const source = new EventSource('/bridge/events');
    source.onmessage = (message) => listener(JSON.parse(message.data as string) as KioskEvent);
    return () => source.close();
  },
};

Object.defineProperty(globalThis, 'tawthiq', { value: Object.freeze(bridge) });
