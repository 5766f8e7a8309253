// The browser's end of the bridge on loopback: puts `window.tawthiq` there before the page's own script runs. Served with its
// types stripped; imports types only.
import type { Channel, Input, KioskBridge, KioskEvent, Output } from '../bridge/contract.ts';

/** Of the page: this file is checked with Node's types. */
declare const location: { reload(): void };

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
    let [heard, gone] = [false, false];
    source.onerror = () => {
      gone = true;
      listener({ type: 'gone' });
      // Another process answers, which knows this page not: it is asked for the page anew. The browser tries all else again by itself.
      if (heard && source.readyState === EventSource.CLOSED) location.reload();
    };
    source.onopen = async () => {
      heard = true;
      if (!gone) return;
      gone = false;
      const answer = await bridge.call('state.get', {});
      if (answer.ok) listener({ type: 'state', state: answer.value });
    };
    return () => source.close();
  },
};

Object.defineProperty(globalThis, 'tawthiq', { value: Object.freeze(bridge) });
