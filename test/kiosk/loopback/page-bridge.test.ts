// The page's end of the bridge, with a stream of events that is cut: the page hears of it, and asks again once it is whole.
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import type { KioskBridge, KioskEvent } from '../../../kiosk/bridge/contract.ts';

class Stream {
  static readonly CLOSED = 2;
  static last: Stream;
  readyState = 0;
  onopen: () => unknown = () => {};
  onerror: () => unknown = () => {};
  onmessage: (message: { readonly data: string }) => unknown = () => {};
  close = vi.fn();
  constructor() {
    Stream.last = this;
  }
}

const reload = vi.fn();
const asked = vi.fn(async () => Response.json({ ok: true, value: { whole: 'state' } }));
let bridge: KioskBridge;
let told: KioskEvent[];

beforeAll(async () => {
  vi.stubGlobal('EventSource', Stream);
  vi.stubGlobal('location', { reload });
  vi.stubGlobal('fetch', asked);
  await import('../../../kiosk/loopback/page-bridge.ts');
  bridge = (globalThis as unknown as { readonly tawthiq: KioskBridge }).tawthiq;
});
afterAll(() => vi.unstubAllGlobals());
beforeEach(() => {
  vi.clearAllMocks();
  told = [];
  bridge.onEvent((event) => told.push(event));
});

test('a stream that opens for the first time says nothing and asks for nothing', async () => {
  await Stream.last.onopen();
  expect([told, asked.mock.calls, reload.mock.calls]).toEqual([[], [], []]);
});

test('a stream that breaks is told, and its return brings the state of then', async () => {
  await Stream.last.onopen();
  Stream.last.onerror();
  expect(told).toEqual([{ type: 'gone' }]);
  await Stream.last.onopen();
  expect(told).toEqual([{ type: 'gone' }, { type: 'state', state: { whole: 'state' } }]);
  expect(reload).not.toHaveBeenCalled();
});

test('a process that does not know the page is asked for the page anew, but not one that never heard it', () => {
  Stream.last.readyState = Stream.CLOSED;
  Stream.last.onerror();
  expect(reload).not.toHaveBeenCalled();
  void Stream.last.onopen();
  Stream.last.onerror();
  expect(reload).toHaveBeenCalledTimes(1);
});
