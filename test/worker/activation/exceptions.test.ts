// Without a finger: an exception with its reason, approved by a supervisor who is logged in at the same kiosk.
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Evidence } from '../../../shared/contract/kiosk.ts';
import { setUpKeys } from '../issuer/issuing-edge.ts';
import { newKiosk, newOperator, onDuty } from '../kiosks/test-kiosk.ts';
import {
  type Capture,
  type Change,
  capture,
  type Desk,
  decided,
  enrolPerson,
  everywhere,
  newDesk,
  reasonsProducedBy,
  refusedBy,
  requestFor,
  submit,
  touch,
} from './desk.ts';

let desk: Desk;
let supervisorToken: string;
let supervisors = 0;
const produced = new Set<string>();
beforeAll(setUpKeys);
beforeEach(async () => {
  desk = await newDesk();
  const username = `supervisor.${supervisors++}`;
  await newOperator(desk.kiosk.centreId, username, 'supervisor');
  supervisorToken = await onDuty(desk.kiosk, username);
});

type Exception = NonNullable<Evidence['exception']>;

function excepted(reason: Exception['reason'], tries = 0, token: string | undefined = supervisorToken): Change {
  return {
    evidence: { exception: { reason, tries, documentChecked: true } },
    ...(token === undefined ? {} : { request: { supervisorToken: token } }),
  };
}

async function refused(number: string, change: Change, captures: readonly Capture[] = []): Promise<string> {
  const reason = await refusedBy(desk, number, captures, change);
  produced.add(reason);
  return reason;
}

describe('an exception', () => {
  it.each(['missing', 'bandaged', 'unreadable'] as const)(
    'for %s fingers activates at level substantial',
    async (reason) => {
      const number = await enrolPerson();
      const answer = await decided(submit(desk, await requestFor(desk, number, [], excepted(reason, 3))));
      expect(answer).toMatchObject({ outcome: 'activated' });
      const [account] = await everywhere('SELECT * FROM accounts WHERE activation_id = ?', answer.activationId);
      expect(account).toMatchObject({ state: 'active', identity_level: 'substantial' });
      const entries = await everywhere(
        'SELECT event, actor, detail FROM journal WHERE object = ?',
        answer.activationId,
      );
      const approved = entries.find(({ event }) => event === 'activation.exception_approved');
      const done = entries.find(({ event }) => event === 'activation.activated');
      expect(JSON.parse(String(approved?.['detail']))).toEqual({ reason });
      expect(approved?.['actor']).toMatch(/^operator:/);
      expect(approved?.['actor']).not.toBe(done?.['actor']);
      expect(JSON.parse(String(done?.['detail']))).toMatchObject({ exception: true });
    },
  );

  it('activates somebody of whom no finger is enrolled, too', async () => {
    const number = await enrolPerson({ fingers: [] });
    const answer = await decided(submit(desk, await requestFor(desk, number, [], excepted('missing'))));
    expect(answer.outcome).toBe('activated');
  });

  it('without a supervisor who is another, on duty, and at this kiosk, is refused', async () => {
    const number = await enrolPerson();
    const missing = 'supervisor_missing';
    expect(await refused(number, { evidence: excepted('missing').evidence ?? {} })).toBe(missing);
    expect(await refused(number, excepted('missing', 0, 'A'.repeat(43)))).toBe(missing);
    expect(await refused(number, excepted('missing', 0, desk.operatorToken))).toBe(missing);
    const elsewhere = await newKiosk(desk.kiosk.centreId);
    await newOperator(desk.kiosk.centreId, `elsewhere.${supervisors}`, 'supervisor');
    const token = await onDuty(elsewhere, `elsewhere.${supervisors}`);
    expect(await refused(number, excepted('missing', 0, token))).toBe(missing);
    // A supervisor at the desk cannot approve what they do themselves.
    const own = excepted('missing', 0, supervisorToken);
    expect(await refused(number, { ...own, request: { ...own.request, operatorToken: supervisorToken } })).toBe(
      missing,
    );
  });

  it('for a finger that can be read, or was hardly tried, is not justified', async () => {
    const number = await enrolPerson();
    const unjustified = 'exception_not_justified';
    expect(await refused(number, excepted('bandaged'), [capture(touch(number))])).toBe(unjustified);
    expect(await refused(number, excepted('unreadable', 2))).toBe(unjustified);
    const poor = [capture(touch(number), { quality: 12 })];
    const done = await decided(submit(desk, await requestFor(desk, number, poor, excepted('unreadable', 3))));
    expect(done.outcome).toBe('activated');
  });

  it('is no evidence at all without its reason or the checked document', async () => {
    const number = await enrolPerson();
    expect(await refusedBy(desk, number, [])).toBe('evidence_unreadable');
    const unchecked = { reason: 'missing', tries: 0, documentChecked: false } as unknown as Exception;
    expect(await refusedBy(desk, number, [], { evidence: { exception: unchecked } })).toBe('evidence_unreadable');
  });
});

it('every reason on this file’s list was produced here', () => {
  expect([...produced].sort()).toEqual([...reasonsProducedBy.exceptions].sort());
});
