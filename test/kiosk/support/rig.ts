// A kiosk on a temporary directory with everything of the world handed in and in the test's hands: clock, line, reader.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Channel, Input, KioskEvent, Output } from '../../../kiosk/bridge/contract.ts';
import type {
  Captured,
  CaptureRequest,
  FingerprintDriver,
  ReaderError,
} from '../../../kiosk/core/devices/fingerprint/driver.ts';
import { type Kiosk, type KioskOptions, openKiosk } from '../../../kiosk/core/kiosk.ts';
import { fileVault } from '../../../kiosk/core/store/vault.ts';
import { err, ok, type Result } from '../../../shared/base/result.ts';
import { disturb, syntheticFinger } from '../../../shared/biometric/constellation.ts';
import { encodeTemplate } from '../../../shared/biometric/encode-template.ts';
import type { Fake } from './fake-edge.ts';

export class TestClock {
  bootId = 'boot-1';
  wallShiftMs = 0;
  monotonicShiftMs = 0;
  nowMs = () => Date.now() + this.wallShiftMs;
  monotonicMs = () => performance.now() + this.monotonicShiftMs;
  /** Time passes, as it does. */
  pass(ms: number): void {
    this.wallShiftMs += ms;
    this.monotonicShiftMs += ms;
  }
}

const device = { make: 'Test', model: 'T1', serial: 'S1' };
let impressions = 0;

/** A reader without a socket: gives a new impression each time, or what `next` says once. */
export function testReader() {
  const templates: Uint8Array[] = [];
  const reader = {
    templates,
    quality: 80,
    serial: 'S1',
    next: undefined as ReaderError | readonly Captured[] | 'wait' | undefined,
    name: 'test',
    discover: async () => ok([{ ...device, driver: 'test', id: 't', status: 'ready' as const }]),
    info: async () => ok({ ...device, driver: 'test', id: 't', status: 'ready' as const }),
    async capture(_id: string, request: CaptureRequest): Promise<Result<readonly Captured[], ReaderError>> {
      request.onProgress?.('waiting_for_finger');
      const { next } = reader;
      reader.next = undefined;
      if (next === 'wait') {
        await new Promise((resolve) => request.signal?.addEventListener('abort', resolve));
        return err({ reason: 'capture_cancelled' });
      }
      if (next && 'reason' in next) return err(next);
      if (next) return ok(next as readonly Captured[]);
      request.onProgress?.('reading');
      const encoded = encodeTemplate(disturb(syntheticFinger('rig'), impressions++));
      if (!encoded.ok) throw new Error(encoded.error.reason);
      const template = encoded.value;
      templates.push(template);
      const [position = 0] = request.positions;
      return ok([
        {
          kind: 'template',
          position,
          quality: reader.quality,
          device: { ...device, serial: reader.serial },
          template,
          extractor: 'secugen',
        },
      ]);
    },
  } satisfies FingerprintDriver & Record<string, unknown>;
  return reader;
}

export type Rig = Awaited<ReturnType<typeof newRig>>;

/** `edge`: a fake one, or what is needed of a real one. */
export async function newRig(edge: Pick<Fake, 'fetch' | 'invitation' | 'origin'>, given: Partial<KioskOptions> = {}) {
  const directory = given.directory ?? mkdtempSync(path.join(tmpdir(), 'kiosk-'));
  const clock = new TestClock();
  const reader = testReader();
  const line = { up: true, calls: 0 };
  const logs: object[] = [];
  const guarded: typeof fetch = (input, init) => {
    line.calls++;
    if (!line.up) return Promise.reject(new TypeError('fetch failed'));
    return rig.edge.fetch(input, init);
  };
  const options: KioskOptions = {
    directory,
    vault: fileVault(directory),
    clock,
    fetch: guarded,
    random: (length) => crypto.getRandomValues(new Uint8Array(length)),
    reader,
    software: 'test',
    syncEverySeconds: 0,
    backoffMs: [0],
    log: (entry) => logs.push(entry),
    ...given,
  };
  let kiosk: Kiosk = await openKiosk(options);
  const rig = {
    /** Who answers now. */
    edge: { fetch: edge.fetch },
    directory,
    clock,
    reader,
    line,
    logs,
    get kiosk() {
      return kiosk;
    },
    call: <C extends Channel>(channel: C, input: Input<C>) => kiosk.call(channel, input) as Promise<Output<C>>,
    async value<C extends Channel>(channel: C, input: Input<C>): Promise<Extract<Output<C>, { ok: true }>['value']> {
      const answer = (await kiosk.call(channel, input)) as Output<C>;
      if (!answer.ok) throw new Error(`${channel}: ${answer.error.reason} ${JSON.stringify(logs.at(-1))}`);
      return answer.value as Extract<Output<C>, { ok: true }>['value'];
    },
    async reason<C extends Channel>(channel: C, input: Input<C>): Promise<string> {
      const answer = (await kiosk.call(channel, input)) as Output<C>;
      return answer.ok ? 'none' : answer.error.reason;
    },
    async enrol() {
      await rig.value('kiosk.enrol', { invitation: edge.invitation, edge: edge.origin });
      return rig;
    },
    async onDuty() {
      await rig.enrol();
      await rig.value('operator.login', { username: 'op', password: 'right' });
      return rig;
    },
    /** Begins and captures; answers the activation's id. */
    async captured(number = '1234567897'): Promise<string> {
      const begun = await rig.value('activation.begin', { number });
      await rig.value('activation.capture', { activationId: begun.activationId, position: 2 });
      return begun.activationId;
    },
    events(): { seen: KioskEvent[]; stop: () => void } {
      const seen: KioskEvent[] = [];
      return { seen, stop: kiosk.onEvent((event) => seen.push(event)) };
    },
    /** As after a stop and a start of the process. */
    async restart() {
      await kiosk.close();
      kiosk = await openKiosk(options);
    },
    async close() {
      await kiosk.close();
      if (!given.directory) rmSync(directory, { recursive: true, force: true });
    },
  };
  return rig;
}
