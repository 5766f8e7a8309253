// A kiosk asked by a program: the bridge that its screens ask, with an operator's patience. The demo and the first start use it.
import type { Channel, Input, Output, SubmitOutcome } from '../../kiosk/bridge/contract.ts';
import { connectLoopback } from '../../kiosk/loopback/connect.ts';

type Value<C extends Channel> = Extract<Output<C>, { ok: true }>['value'];

export class KioskRefused extends Error {
  readonly reason: string;
  constructor(channel: string, reason: string) {
    super(`the kiosk refused ${channel}: ${reason}`);
    this.name = 'KioskRefused';
    this.reason = reason;
  }
}

export type KioskCalls = {
  /** The value, or KioskRefused. */
  must<C extends Channel>(channel: C, input: Input<C>): Promise<Value<C>>;
  /** Begin, capture until the kiosk says that it is enough, submit. The finger must lie on the reader. */
  activate(number: string): Promise<SubmitOutcome>;
};

const maxCaptures = 5;

/** `url`: as the kiosk's ready line says. */
export async function kioskCalls(url: string): Promise<KioskCalls> {
  const bridge = await connectLoopback(url);
  const must: KioskCalls['must'] = async (channel, input) => {
    const answer = await bridge.call(channel, input);
    if (!answer.ok) throw new KioskRefused(channel, answer.error.reason);
    return answer.value as Value<typeof channel>;
  };
  return {
    must,
    async activate(number) {
      let desk = await must('activation.begin', { number });
      const { activationId } = desk;
      const position = desk.mode === 'online' ? (desk.positions[0] ?? 0) : 2;
      for (let i = 0; i < maxCaptures && !desk.ready; i++)
        desk = await must('activation.capture', { activationId, position });
      return must('activation.submit', { activationId });
    },
  };
}
