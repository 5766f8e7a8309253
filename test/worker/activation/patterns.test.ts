// Patterns that are stopped: one finger for many people, staff on their own account, a kiosk at which too much fails.
import { env } from 'cloudflare:workers';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { encodeHex } from '../../../shared/bytes/hex.ts';
import { notedAtKiosk } from '../../../worker/activation/failure-rules.ts';
import { kioskHold } from '../../../worker/kiosks/hold.ts';
import { bookFor, openAlways } from '../appointments/slots.ts';
import { admin, bytesOf, setUpKeys } from '../issuer/issuing-edge.ts';
import { newOperator, onDuty, operatorPassword, refusal } from '../kiosks/test-kiosk.ts';
import {
  activate,
  askSession,
  type Capture,
  type Change,
  capture,
  type Desk,
  decided,
  enrolPerson,
  enrolStaff,
  everywhere,
  newDesk,
  openSession,
  reasonsProducedBy,
  refusedBy,
  requestFor,
  submit,
  templateText,
  touch,
  touchOf,
} from './desk.ts';

let desk: Desk;
const produced = new Set<string>();
beforeAll(setUpKeys);
beforeEach(async () => {
  desk = await newDesk();
});

const failuresNoted = async () =>
  (await env.DIRECTORY.prepare('SELECT count(*) AS n FROM kiosk_failures').first<{ n: number }>())?.n ?? 0;
/** Failures that count against the kiosk are noted behind the answer. */
async function refused(number: string, captures: readonly Capture[], change: Change = {}): Promise<string> {
  const before = await failuresNoted();
  const reason = await refusedBy(desk, number, captures, change);
  if ((notedAtKiosk as readonly string[]).includes(reason)) await expect.poll(failuresNoted).toBe(before + 1);
  return reason;
}
const held = [403, 'kiosk_held'];
const directoryEvents = async (event: string, object: string) =>
  (
    await env.DIRECTORY.prepare('SELECT actor, detail FROM journal WHERE event = ? AND object = ?')
      .bind(event, object)
      .all()
  ).results;

describe('one finger shown for several people at a kiosk', () => {
  it('is stopped at the third, journalled, and holds the kiosk until a supervisor logs in', async () => {
    const fraud = '1000000008';
    const victims = [await enrolPerson(), await enrolPerson(), await enrolPerson()];
    const [first = '', second = '', third = ''] = victims;
    expect(await refused(first, [capture(touch(fraud))])).toBe('no_match');
    expect(await refused(second, [capture(touch(fraud))])).toBe('no_match');
    const reason = await refused(third, [capture(touch(fraud))]);
    produced.add(reason);
    expect(reason).toBe('finger_of_many');
    const suspicious = await everywhere("SELECT detail FROM journal WHERE event = 'activation.suspicious'");
    expect(JSON.parse(String(suspicious[0]?.['detail']))).toMatchObject({ pattern: reason, kiosk: desk.kiosk.id });
    expect(await directoryEvents('kiosk.held', desk.kiosk.id)).toHaveLength(1);

    expect(await refusal(askSession(desk, first))).toEqual(held);
    const right = await requestFor(desk, first, [capture(touch(first))]);
    expect(await refusal(submit(desk, right))).toEqual(held);
    const name = `releases.${Date.now()}`;
    await newOperator(desk.kiosk.centreId, name, 'supervisor');
    await new Promise((resolve) => setTimeout(resolve, 1000));
    await onDuty(desk.kiosk, name);
    expect(await directoryEvents('kiosk.released', desk.kiosk.id)).toHaveLength(1);
    // Nothing was decided while it was held: the very same request is decided now.
    expect((await decided(submit(desk, right))).outcome).toBe('activated');
  });

  it('is not what an operator’s slip looks like: a wrong number, then the right one', async () => {
    const [wrong, right] = [await enrolPerson(), await enrolPerson()];
    expect(await refused(wrong, [capture(touch(right))])).toBe('no_match');
    expect((await activate(desk, right)).outcome).toBe('activated');
  });

  it('is not what different people’s fingers look like', async () => {
    for (let i = 0; i < 5; i++) {
      const number = await enrolPerson();
      expect(await refused(number, [capture(touch(`10000000${i}8`, 4))])).toBe('no_match');
    }
  });

  it('keeps what it compares sealed, and forgets it within hours', async () => {
    const number = await enrolPerson();
    const shown = capture(touch('1000000008', 3));
    expect(await refused(number, [shown])).toBe('no_match');
    const rows = (
      await env.DIRECTORY.prepare('SELECT * FROM kiosk_failures WHERE kiosk_id = ?').bind(desk.kiosk.id).all()
    ).results;
    expect(rows).toHaveLength(1);
    const sealed = encodeHex(new Uint8Array(rows[0]?.['sealed_capture'] as number[]));
    const template = encodeHex(bytesOf(shown.template));
    expect(sealed.length).toBeGreaterThan(template.length);
    expect(sealed).not.toContain(template.slice(60, 120));
    const { depsOf } = await import('../../../worker/deps.ts');
    const deps = depsOf(env as never);
    await deps.kioskFailures.forget((deps.now() + 1) as never);
    expect((await env.DIRECTORY.prepare('SELECT 1 FROM kiosk_failures').all()).results).toEqual([]);
  });
});

describe('staff', () => {
  async function deskOf(number: string): Promise<Desk> {
    const username = `own.${number}`;
    const created = await admin('/v1/admin/operators', 'POST', {
      ...{ username, name: { ar: 'موظف', en: 'Operator' }, role: 'operator', centreId: desk.kiosk.centreId },
      ...{ password: operatorPassword, number },
    });
    expect(created.status).toBe(201);
    return { ...desk, operatorToken: await onDuty(desk.kiosk, username) };
  }

  it('cannot activate their own account, nor stand at the desk as the guardian', async () => {
    const number = await enrolPerson();
    const own = await deskOf(number);
    const session = await openSession(own, number);
    const reason = await refusedBy(own, number, [capture(touch(number))], { session });
    produced.add(reason);
    expect(reason).toBe('own_account');
    const guardians = [{ number, relation: 'mother' as const }];
    const child = await enrolPerson({ birthDate: `${new Date().getUTCFullYear() - 12}-01-01`, guardians });
    const evidence = { guardian: { number, captures: [capture(touch(number))] } };
    expect(await refusedBy(own, child, [capture(touch(child))], { evidence })).toBe('own_account');
    // A colleague may.
    expect((await activate(desk, number)).outcome).toBe('activated');
    const dump = JSON.stringify((await env.DIRECTORY.prepare('SELECT * FROM operators').all()).results);
    expect(dump).not.toContain(`"${number}"`);
  });

  it('have a number that is one', async () => {
    const answer = admin('/v1/admin/operators', 'POST', {
      ...{ username: 'bad.number', name: { ar: 'م', en: 'O' }, role: 'operator', centreId: desk.kiosk.centreId },
      ...{ password: operatorPassword, number: '1000000009' },
    });
    expect(await refusal(answer)).toEqual([422, 'number_check_digit']);
  });
});

describe('the finger of who works here', () => {
  let finger: string;
  beforeEach(async () => {
    finger = `staff.${Date.now()}`;
    const id = await newOperator(desk.kiosk.centreId, finger);
    const operatorToken = await onDuty(desk.kiosk, finger);
    await enrolStaff(desk, id, operatorToken, finger);
    desk = { ...desk, operatorToken };
  });

  it('in place of somebody else’s is stopped, journalled, and holds the kiosk', async () => {
    const number = await enrolPerson();
    const reason = await refused(number, [capture(touchOf(finger))]);
    produced.add(reason);
    expect(reason).toBe('operator_finger');
    expect(await directoryEvents('kiosk.held', desk.kiosk.id)).toMatchObject([
      { detail: '{"pattern":"operator_finger"}' },
    ]);
    expect(await refusal(askSession(desk, number))).toEqual(held);
  });

  it('that a registry has for a person is their own account, whatever number the authority was told', async () => {
    const number = await enrolPerson({
      fingers: [
        { position: 2, sample: 1, extractor: 'synthetic', quality: 80, template: templateText(touchOf(finger)) },
      ],
    });
    expect(await refused(number, [capture(touchOf(finger))])).toBe('own_account');
  });

  it('in place of a guardian’s is stopped too, and everybody else’s passes', async () => {
    const guardian = await enrolPerson();
    const guardians = [{ number: guardian, relation: 'mother' as const }];
    const child = await enrolPerson({ birthDate: `${new Date().getUTCFullYear() - 12}-01-01`, guardians });
    await openAlways(desk.kiosk.centreId);
    await bookFor(child, desk.kiosk.centreId);
    const evidence = { guardian: { number: guardian, captures: [capture(touchOf(finger))] } };
    expect((await activate(desk, await enrolPerson())).outcome).toBe('activated');
    expect(await refused(child, [capture(touch(child))], { evidence })).toBe('operator_finger');
  });
});

describe('a kiosk at which too much fails within an hour', () => {
  it('is held at the measure, for everybody; a colleague’s login does not release it', async () => {
    const people: string[] = [];
    for (let i = 0; i < 3; i++) people.push(await enrolPerson());
    for (let i = 0; i < kioskHold.failures; i++) {
      const number = people[i % people.length] ?? '';
      expect(await refused(number, [capture(touch(`20000${i}`, 1 + (i % 9)))])).toBe('no_match');
    }
    const fresh = await enrolPerson();
    expect(await refusal(askSession(desk, fresh))).toEqual(held);
    expect(await directoryEvents('kiosk.held', desk.kiosk.id)).toHaveLength(1);
    const name = `colleague.${Date.now()}`;
    await newOperator(desk.kiosk.centreId, name);
    const operatorToken = await onDuty(desk.kiosk, name);
    expect(await refusal(askSession({ ...desk, operatorToken }, fresh))).toEqual(held);
    const elsewhere = await newDesk('civil_affairs', desk.kiosk.centreId);
    expect((await activate(elsewhere, fresh)).outcome).toBe('activated');
    await env.DIRECTORY.prepare('UPDATE kiosk_failures SET at = at - ?').bind(kioskHold.withinSeconds).run();
    expect((await openSession({ ...desk, operatorToken }, people[1] ?? '')).accountState).toBe('pending');
  });
});

it('every reason on this file’s list was produced here', () => {
  expect([...produced].sort()).toEqual([...reasonsProducedBy.patterns].sort());
});
