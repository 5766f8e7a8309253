// The screens' end of the bridge: the kiosk's state as it changes, the steps of a capture, and calls that never throw.
import { useEffect, useState } from 'preact/hooks';
import type { Channel, Input, KioskBridge, KioskEvent, KioskState, Output } from '../bridge/contract.ts';

declare global {
  interface Window {
    /** Made by the preload script in Electron, or by the loopback host's script in a browser. */
    readonly tawthiq?: KioskBridge;
  }
}

export function bridgeOfPage(): KioskBridge | undefined {
  return window.tawthiq;
}

/** The whole state once the core has spoken; or why it has none to give. Both: what it said last, and that it is gone. */
export function useKioskState(bridge: KioskBridge): { readonly state?: KioskState; readonly failure?: Failure } {
  const [state, setState] = useState<KioskState>();
  const [failure, setFailure] = useState<Failure>();
  useEffect(() => {
    let live = true;
    void bridge.call('state.get', {}).then((answer) => {
      if (!live) return;
      if (answer.ok) setState(answer.value);
      else setFailure(answer.error);
    });
    const stop = bridge.onEvent((event) => {
      if (event.type === 'gone') setFailure({ reason: 'unexpected' });
      if (event.type !== 'state') return;
      setState(event.state);
      setFailure(undefined);
    });
    return () => {
      live = false;
      stop();
    };
  }, [bridge]);
  return { ...(state ? { state } : {}), ...(failure ? { failure } : {}) };
}

/** Where this kiosk's edge is, for addresses that a person takes along. */
export function edgeOf({ enrolment }: Pick<KioskState, 'enrolment'>): string {
  return enrolment.state === 'not_enrolled' ? '' : enrolment.edge;
}

type CaptureEvent = Extract<KioskEvent, { type: 'capture' }>;

/** Every step of a capture, as the reader tells it. */
export function useCaptureSteps(bridge: KioskBridge, onStep: (event: CaptureEvent) => void): void {
  useEffect(() => bridge.onEvent((event) => event.type === 'capture' && onStep(event)), [bridge]);
}

export type Failure = { readonly reason: string; readonly retryAfterSeconds?: number | undefined };

/** One call at a time: busy while it runs, the failure it came back with, and its value handed to `then`. */
export function useCall<C extends Channel>(bridge: KioskBridge, channel: C) {
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure>();
  type Value = Extract<Output<C>, { ok: true }> extends { value: infer V } ? V : never;
  const run = async (input: Input<C>, then: (value: Value) => void = () => {}): Promise<void> => {
    if (busy) return;
    setBusy(true);
    setFailure(undefined);
    const answer = await bridge.call(channel, input);
    setBusy(false);
    if (answer.ok) then(answer.value as Value);
    else setFailure(answer.error);
  };
  return { busy, failure, run, clear: () => setFailure(undefined) };
}
