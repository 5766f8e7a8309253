// Minors of 10 to 15: an appointment here and now, and a guardian of the registry verified by their own finger in the same session.
import { env } from 'cloudflare:workers';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { epochSeconds } from '../../../shared/base/brands.ts';
import type { PersonLine } from '../../../shared/contract/registry.ts';
import { ageAt, civilDateAt } from '../../../worker/registry/calendar.ts';
import { shardOf } from '../../../worker/store/shard-map.ts';
import { bookFor, openAlways, slotAhead } from '../appointments/slots.ts';
import { setUpKeys } from '../issuer/issuing-edge.ts';
import { refusal } from '../kiosks/test-kiosk.ts';
import { numberOf } from '../registry/person-lines.ts';
import {
  askSession,
  type Change,
  capture,
  type Desk,
  decided,
  enrolPerson,
  everywhere,
  newDesk,
  now,
  openSession,
  reasonsProducedBy,
  refusedBy,
  requestFor,
  submit,
  touch,
} from './desk.ts';

let desk: Desk;
const produced = new Set<string>();
beforeAll(setUpKeys);
beforeEach(async () => {
  desk = await newDesk();
  await openAlways(desk.kiosk.centreId, 50);
});

const yearsAgo = (years: number) => {
  const [year = '', ...rest] = civilDateAt(now()).split('-');
  return [Number(year) - years, ...rest].join('-').replace('-02-29', '-02-28');
};

type Family = { readonly minor: string; readonly father: string };

async function newFamily(minor: Partial<PersonLine> = {}, father: Partial<PersonLine> = {}): Promise<Family> {
  const fatherNumber = await enrolPerson(father);
  const guardians = [{ number: fatherNumber, relation: 'father' as const }];
  return { father: fatherNumber, minor: await enrolPerson({ birthDate: yearsAgo(12), guardians, ...minor }) };
}

const withGuardian = (number: string, finger = number): NonNullable<Change['evidence']> => ({
  guardian: { number, captures: [capture(touch(finger))] },
});

async function refused(family: Family, change: Change = {}, at = desk): Promise<string> {
  const reason = await refusedBy(at, family.minor, [capture(touch(family.minor))], change);
  produced.add(reason);
  return reason;
}

async function activated({ minor, father }: Family) {
  const session = await openSession(desk, minor);
  const body = await requestFor(desk, minor, [capture(touch(minor))], { session, evidence: withGuardian(father) });
  return decided(submit(desk, body));
}

describe('a minor', () => {
  it('with an appointment and a guardian who is present is activated, and both see it in the journal', async () => {
    const family = await newFamily();
    await bookFor(family.minor, desk.kiosk.centreId);
    const answer = await activated(family);
    expect(answer).toMatchObject({ outcome: 'activated' });
    const [account] = await everywhere('SELECT * FROM accounts WHERE activation_id = ?', answer.activationId);
    expect(account).toMatchObject({ state: 'active', identity_level: 'high' });
    const entries = await everywhere(
      'SELECT event, subject_id, detail FROM journal WHERE object = ?',
      answer.activationId,
    );
    const ofGuardian = entries.filter(({ subject_id }) => subject_id !== account?.['subject_id']);
    expect(ofGuardian.map(({ event }) => event)).toEqual(['person.biometrics_opened', 'activation.guardian_verified']);
    expect(JSON.stringify(entries)).not.toContain(family.father);
    expect(entries.filter(({ event }) => event === 'person.biometrics_opened')).toHaveLength(2);
  });

  it('whose guardian lives in another shard, or in the same, is activated alike', async () => {
    const places = new Set<string>();
    for (let i = 0; i < 12 && places.size < 2; i++) {
      const family = await newFamily();
      await bookFor(family.minor, desk.kiosk.centreId);
      expect((await activated(family)).outcome).toBe('activated');
      const rows = await everywhere(
        'SELECT p.bucket, g.guardian_bucket FROM guardianships g JOIN people p ON p.subject_id = g.subject_id ORDER BY p.rowid DESC',
      );
      const buckets = rows.map((row) => [
        shardOf(row['bucket'] as never, 4),
        shardOf(row['guardian_bucket'] as never, 4),
      ]);
      for (const [own, theirs] of buckets) places.add(own === theirs ? 'same' : 'other');
    }
    expect([...places].sort()).toEqual(['other', 'same']);
  });

  it('without an appointment, with one elsewhere, or at another time, is refused', async () => {
    const family = await newFamily();
    const change = { evidence: withGuardian(family.father) };
    expect(await refused(family, change)).toBe('appointment_missing');
    const elsewhere = await newDesk();
    await openAlways(elsewhere.kiosk.centreId);
    await bookFor(family.minor, elsewhere.kiosk.centreId);
    expect(await refused(family, { evidence: withGuardian(family.father) })).toBe('appointment_elsewhere');
    const later = await newFamily();
    await bookFor(later.minor, desk.kiosk.centreId, slotAhead(8));
    expect(await refused(later, { evidence: withGuardian(later.father) })).toBe('appointment_not_now');
    expect(await openSession(desk, later.minor)).toMatchObject({ appointment: 'not_now', guardians: ['father'] });
    expect(await openSession(desk, family.minor)).toMatchObject({ appointment: 'elsewhere' });
  });

  it('is judged by when they stood at the desk: what waited, and a cron that marked it meanwhile, change nothing', async () => {
    const family = await newFamily();
    await bookFor(family.minor, desk.kiosk.centreId);
    await env.DIRECTORY.prepare(
      `UPDATE appointments SET starts_at = starts_at - 86400, state = 'no_show', seat = NULL, open_for = NULL`,
    ).run();
    await env.DIRECTORY.prepare('UPDATE operator_sessions SET started_at = 0 WHERE kiosk_id = ?')
      .bind(desk.kiosk.id)
      .run();
    const recordedAt = slotAhead() - 86_400;
    const taken = (number: string) => capture(touch(number), { capturedAt: recordedAt });
    const body = await requestFor(desk, family.minor, [taken(family.minor)], {
      request: { recordedAt },
      evidence: { guardian: { number: family.father, captures: [taken(family.father)] } },
    });
    expect((await decided(submit(desk, body))).outcome).toBe('activated');
  });

  it('without a guardian, with a stranger, or with one who cannot stand for anybody, is refused', async () => {
    const family = await newFamily();
    await bookFor(family.minor, desk.kiosk.centreId);
    expect(await refused(family)).toBe('guardian_missing');
    const stranger = await enrolPerson();
    expect(await refused(family, { evidence: withGuardian(stranger) })).toBe('guardian_not_related');
    const nobody = numberOf(88_888);
    expect(await refused(family, { evidence: withGuardian(nobody) })).toBe('guardian_not_related');
    for (const unfit of [
      { birthDate: yearsAgo(17) },
      { document: { serial: 'B7654321', expiresOn: '2020-01-01' } },
      { fingers: [] },
    ]) {
      const other = await newFamily({}, unfit);
      await bookFor(other.minor, desk.kiosk.centreId);
      expect(await refused(other, { evidence: withGuardian(other.father) })).toBe('guardian_not_eligible');
      expect(await refusal(askSession(desk, other.minor, { guardian: other.father }))).toEqual([
        403,
        'guardian_not_eligible',
      ]);
    }
  });

  it('whose guardian shows another finger, the minor’s own, or none clear enough, is refused; it counts', async () => {
    const family = await newFamily();
    await bookFor(family.minor, desk.kiosk.centreId);
    const { minor, father } = family;
    expect(await refused(family, { evidence: withGuardian(father, minor) })).toBe('guardian_no_match');
    const poor = { guardian: { number: father, captures: [capture(touch(father), { quality: 10 })] } };
    expect(await refusedBy(desk, minor, [capture(touch(minor))], { evidence: poor })).toBe('requirements_not_met');
    const shown = touch(minor);
    const twice = { guardian: { number: father, captures: [capture(shown)] } };
    expect(await refusedBy(desk, minor, [capture(shown)], { evidence: twice })).toBe('evidence_replayed');
    const [row] = await everywhere(
      `SELECT failures FROM accounts WHERE subject_id IN (SELECT subject_id FROM activations WHERE reason = 'guardian_no_match') ORDER BY failures DESC`,
    );
    expect(row).toEqual({ failures: 2 });
    expect((await activated(family)).outcome).toBe('activated');
  });

  it('needs neither from the sixteenth birthday on, and below the tenth nothing helps', async () => {
    const sixteen = await enrolPerson({ birthDate: yearsAgo(16) });
    const alone = await requestFor(desk, sixteen, [capture(touch(sixteen))]);
    expect((await decided(submit(desk, alone))).outcome).toBe('activated');
    const child = await newFamily({ birthDate: yearsAgo(9) });
    await bookFor(child.minor, desk.kiosk.centreId);
    expect(
      await refusedBy(desk, child.minor, [capture(touch(child.minor))], { evidence: withGuardian(child.father) }),
    ).toBe('age_not_allowed');
  });
});

describe('a session with a guardian', () => {
  it('says who it is in part, how they stand, and which fingers are enrolled', async () => {
    const family = await newFamily();
    const answer = await askSession(desk, family.minor, { guardian: family.father });
    const session = (await answer.json()) as object;
    expect(session).toMatchObject({
      requires: ['fingerprint', 'appointment', 'guardian_fingerprint'],
      appointment: 'missing',
      guardians: ['father'],
      guardian: { maskedName: { en: 'N••• S••• A•••' }, relation: 'father', positions: [2, 7] },
      mayExcept: true,
    });
    expect(JSON.stringify(session)).not.toContain(family.father);
  });

  it('says of a stranger exactly what it says of a number that nobody has', async () => {
    const family = await newFamily();
    const told = async (guardian: string) => {
      const answer = await askSession(desk, family.minor, { guardian });
      return [answer.status, await answer.text()];
    };
    const stranger = await told(await enrolPerson());
    expect(stranger).toEqual(await told(numberOf(88_889)));
    expect(stranger[0]).toBe(403);
    expect(stranger[1]).toContain('guardian_not_related');
    expect(await refusal(askSession(desk, family.minor, { guardian: '1000000009' }))).toEqual([
      422,
      'number_check_digit',
    ]);
  });
});

it('a birthday begins at midnight in Riyadh, three hours before it does in Greenwich', () => {
  const at = (text: string) => epochSeconds(Date.parse(text) / 1000);
  expect(ageAt('2010-11-22', at('2026-11-21T20:59:59Z'))).toBe(15);
  expect(ageAt('2010-11-22', at('2026-11-21T21:00:00Z'))).toBe(16);
});

it('every reason on this file’s list was produced here', () => {
  expect([...produced].sort()).toEqual([...reasonsProducedBy.minors].sort());
});
