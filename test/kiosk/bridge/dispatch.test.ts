import { expect, test } from 'vitest';
import { channels } from '../../../kiosk/bridge/contract.ts';
import { dispatch, type Handlers, isChannel } from '../../../kiosk/bridge/dispatch.ts';
import * as reasons from '../../../kiosk/bridge/reasons.ts';
import { catalogueOf, reasonText } from '../../../shared/i18n/catalogue.ts';

const handlers = (given: Partial<Handlers>) => given as Handlers;

test('what the contract does not name never reaches the page', async () => {
  const leaky = { ok: true, value: { checks: [], privateKey: 'secret' } } as never;
  const answer = await dispatch(
    handlers({ 'verifier.recent': () => leaky }),
    'verifier.recent',
    { limit: 1 },
    () => {},
  );
  expect(answer).toEqual({ ok: true, value: { checks: [] } });
});

test('a bug, and an answer that the contract does not allow, are `unexpected` and told to the log, without the input', async () => {
  const told: unknown[] = [];
  const report = (...all: unknown[]) => told.push(all);
  const broken = handlers({
    'outbox.list': () => {
      throw new Error('broken');
    },
    'verifier.recent': () => ({ ok: true, value: { checks: 'none' } }) as never,
  });
  for (const channel of ['outbox.list', 'verifier.recent'] as const) {
    expect(await dispatch(broken, channel, { limit: 7 }, report)).toEqual({
      ok: false,
      error: { reason: 'unexpected' },
    });
  }
  expect(told).toHaveLength(2);
  expect(JSON.stringify(told)).not.toContain('7');
});

test('input is checked before the act hears of it', async () => {
  let called = false;
  const act = handlers({
    'activation.begin': () => {
      called = true;
      throw new Error();
    },
  });
  expect(await dispatch(act, 'activation.begin', { number: '0123456789' }, () => {})).toMatchObject({
    error: { reason: 'bad_input' },
  });
  expect(called).toBe(false);
});

test('only the table’s own names are channels', () => {
  for (const name of Object.keys(channels)) expect(isChannel(name)).toBe(true);
  for (const name of ['toString', '__proto__', 'constructor', '', 'state']) expect(isChannel(name)).toBe(false);
});

test('every reason has its sentence in both languages', () => {
  for (const locale of ['ar', 'en'] as const) {
    const catalogue = catalogueOf(locale);
    const known = Object.keys(catalogue.reasons) as (keyof typeof catalogue.reasons)[];
    expect(known.length).toBeGreaterThan(0);
    for (const code of new Set(Object.values(reasons).flat())) {
      const text = reasonText(catalogue, code, ...known);
      expect(text.what, `${locale} ${code}`).not.toBe(catalogue.unknownReason.what(code));
    }
  }
});
