// A program's end of the bridge on loopback (demos, tests, the local network's start): the page's own way in, without a browser.
import type { Channel, Input, KioskEvent, Output } from '../bridge/contract.ts';

export type LoopbackBridge = {
  call<C extends Channel>(channel: C, input: Input<C>): Promise<Output<C>>;
  /** Events until `signal` is aborted or the kiosk is gone. */
  events(signal: AbortSignal): AsyncGenerator<KioskEvent>;
};

/** `url`: as the kiosk's ready line says. Throws if no kiosk answers there. */
export async function connectLoopback(url: string): Promise<LoopbackBridge> {
  const { origin } = new URL(url);
  const page = await fetch(origin);
  const [cookie] = page.headers.getSetCookie();
  await page.body?.cancel();
  if (!cookie) throw new Error(`no kiosk page at ${origin} (is it built?)`);
  const headers = { cookie: cookie.split(';')[0] ?? '', origin };
  return {
    async call(channel, input) {
      const answer = await fetch(`${origin}/bridge/${channel}`, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body: JSON.stringify(input),
      });
      if (!answer.ok) throw new Error(`the kiosk answered ${answer.status} to ${channel}`);
      return (await answer.json()) as Output<typeof channel>;
    },
    async *events(signal) {
      const answer = await fetch(`${origin}/bridge/events`, { headers, signal });
      let text = '';
      const decoder = new TextDecoder();
      for await (const part of answer.body ?? []) {
        text += decoder.decode(part as Uint8Array, { stream: true });
        for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
          const [line = ''] = text.slice(0, end).split('\n');
          text = text.slice(end + 2);
          if (line.startsWith('data: ')) yield JSON.parse(line.slice(6)) as KioskEvent;
        }
      }
    },
  };
}
