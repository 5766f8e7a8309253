// The core's end of the bridge: one handler a channel, input and output checked against the contract. Knows no transport.
import * as z from 'zod';
import { type Channel, type Channels, channels, type Output } from './contract.ts';
import type { diskReasons } from './reasons.ts';

/** The core, as the bridge sees it: an act for each channel. */
export type Handlers = {
  readonly [C in Channel]: (input: z.output<Channels[C]['in']>) => Output<C> | Promise<Output<C>>;
};

export function isChannel(name: string): name is Channel {
  return Object.hasOwn(channels, name);
}

/**
 * Answers one call from an untrusted page. Never rejects: input that the contract does not allow is `bad_input`, a thrown
 * bug is `unexpected`, unless `faultOf` knows it for the disk's. `report` is told what was thrown, for the log; it never sees the input (it may hold a number).
 */
export async function dispatch(
  handlers: Handlers,
  channel: Channel,
  input: unknown,
  report: (channel: Channel, thrown: unknown) => void,
  faultOf: (thrown: unknown) => (typeof diskReasons)[number] | undefined = () => undefined,
): Promise<Output<Channel>> {
  const shape = channels[channel];
  const parsed = shape.in.safeParse(input);
  if (!parsed.success) return { ok: false, error: { reason: 'bad_input' } };
  try {
    // The table guarantees that handler and input belong together; TypeScript cannot follow a union through an index.
    const handler = handlers[channel] as (input: unknown) => Output<Channel> | Promise<Output<Channel>>;
    const answer = await handler(parsed.data);
    // SECURITY: strips whatever the contract does not name, so that a core object never leaks a field to the page.
    return z.parse(shape.out as z.ZodType<Output<Channel>>, answer);
  } catch (thrown) {
    report(channel, thrown);
    return { ok: false, error: { reason: faultOf(thrown) ?? 'unexpected' } };
  }
}
