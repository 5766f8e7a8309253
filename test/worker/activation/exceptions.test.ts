// Without a finger: an exception with its reason, a document's photo, and a supervisor at the same kiosk with their own finger.
import { env } from 'cloudflare:workers';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { encodeBase64Url } from '../../../shared/bytes/base64url.ts';
import { encodeHex } from '../../../shared/bytes/hex.ts';
import type { Evidence } from '../../../shared/contract/kiosk.ts';
import { depsOf } from '../../../worker/deps.ts';
import type { Env } from '../../../worker/env.ts';
import { admin, setUpKeys } from '../issuer/issuing-edge.ts';
import { newKiosk, newOperator, onDuty } from '../kiosks/test-kiosk.ts';
import {
  type Capture,
  type Change,
  capture,
  type Desk,
  decided,
  documentJpeg,
  enrolPerson,
  enrolStaff,
  everywhere,
  newDesk,
  reasonsProducedBy,
  refusedBy,
  requestFor,
  submit,
  touch,
  touchOf,
} from './desk.ts';

const deps = depsOf(env as unknown as Env);
let desk: Desk;
let supervisorToken: string;
let finger: string;
let supervisors = 0;
const produced = new Set<string>();
beforeAll(setUpKeys);
beforeEach(async () => {
  desk = await newDesk();
  finger = `supervisor.${supervisors++}`;
  const id = await newOperator(desk.kiosk.centreId, finger, 'supervisor');
  supervisorToken = await onDuty(desk.kiosk, finger);
  await enrolStaff(desk, id, supervisorToken, finger);
});

type Exception = NonNullable<Evidence['exception']>;

const photo = { jpeg: encodeBase64Url(documentJpeg) };
const theirFinger = (label = finger) => ({ captures: [capture(touchOf(label))] });

function excepted(
  reason: Exception['reason'],
  tries = 0,
  token: string | undefined = supervisorToken,
  more: Partial<Exception> = {},
): Change {
  const exception: Exception = {
    ...{ reason, tries, documentChecked: true, supervisor: theirFinger(), document: photo },
    ...more,
  };
  return { evidence: { exception }, ...(token === undefined ? {} : { request: { supervisorToken: token } }) };
}

async function refused(number: string, change: Change, captures: readonly Capture[] = []): Promise<string> {
  const reason = await refusedBy(desk, number, captures, change);
  produced.add(reason);
  return reason;
}

const except = async (number: string, change: Change, captures: readonly Capture[] = []) =>
  decided(submit(desk, await requestFor(desk, number, captures, change)));

describe('an exception', () => {
  it.each(['missing', 'bandaged', 'unreadable'] as const)(
    'for %s fingers activates at level substantial',
    async (reason) => {
      const answer = await except(await enrolPerson(), excepted(reason, 3));
      expect(answer).toMatchObject({ outcome: 'activated' });
      const [account] = await everywhere('SELECT * FROM accounts WHERE activation_id = ?', answer.activationId);
      expect(account).toMatchObject({ state: 'active', identity_level: 'substantial' });
      const entries = await everywhere(
        'SELECT event, actor, detail FROM journal WHERE object = ?',
        answer.activationId,
      );
      const approved = entries.find(({ event }) => event === 'activation.exception_approved');
      const done = entries.find(({ event }) => event === 'activation.activated');
      expect(JSON.parse(String(approved?.['detail']))).toEqual({ reason, finger: true });
      expect(approved?.['actor']).toMatch(/^operator:/);
      expect(approved?.['actor']).not.toBe(done?.['actor']);
      expect(JSON.parse(String(done?.['detail']))).toMatchObject({ exception: true });
    },
  );

  it('activates somebody of whom no finger is enrolled, too', async () => {
    const answer = await except(await enrolPerson({ fingers: [] }), excepted('missing'));
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
    expect((await except(number, excepted('unreadable', 3), poor)).outcome).toBe('activated');
  });

  it('is no evidence at all without its reason or the checked document', async () => {
    const number = await enrolPerson();
    expect(await refusedBy(desk, number, [])).toBe('evidence_unreadable');
    const unchecked = { reason: 'missing', tries: 0, documentChecked: false } as unknown as Exception;
    expect(await refusedBy(desk, number, [], { evidence: { exception: unchecked } })).toBe('evidence_unreadable');
  });
});

describe('the supervisor’s own finger', () => {
  it('is asked for beside the password: none, a poor one, or a supervisor who enrolled none is refused', async () => {
    const number = await enrolPerson();
    const none = 'supervisor_not_verified';
    const without = { ...excepted('missing').evidence?.exception, supervisor: undefined } as Exception;
    expect(await refused(number, { ...excepted('missing'), evidence: { exception: without } })).toBe(none);
    const poor = { captures: [capture(touchOf(finger), { quality: 10 })] };
    expect(await refused(number, excepted('missing', 0, supervisorToken, { supervisor: poor }))).toBe(none);
    await newOperator(desk.kiosk.centreId, `unenrolled.${supervisors}`, 'supervisor');
    const token = await onDuty(desk.kiosk, `unenrolled.${supervisors}`);
    expect(await refused(number, excepted('missing', 0, token))).toBe(none);
    const otherFinger = { captures: [capture(touchOf(finger), { position: 9 })] };
    expect(await refused(number, excepted('missing', 0, supervisorToken, { supervisor: otherFinger }))).toBe(none);
  });

  it('is matched at the edge: a stranger’s is refused, told as a pattern, and counts against the kiosk, not the person', async () => {
    const number = await enrolPerson();
    const change = excepted('missing', 0, supervisorToken, { supervisor: theirFinger('a stranger') });
    expect(await refused(number, change)).toBe('supervisor_no_match');
    const noted = env.DIRECTORY.prepare('SELECT reason, sealed_capture FROM kiosk_failures WHERE kiosk_id = ?');
    await expect
      .poll(async () => (await noted.bind(desk.kiosk.id).all()).results)
      .toEqual([{ reason: 'supervisor_no_match', sealed_capture: null }]);
    const [entry] = await everywhere(
      `SELECT detail FROM journal WHERE event = 'activation.suspicious' ORDER BY seq DESC`,
    );
    expect(String(entry?.['detail'])).toContain('supervisor_no_match');
    expect(await everywhere(`SELECT 1 FROM accounts WHERE failures > 0 AND state = 'pending'`)).toEqual([]);
    expect((await except(number, excepted('missing'))).outcome).toBe('activated');
  });

  it('counts once: the same print does not approve twice, nor does one that was enrolled', async () => {
    const print = theirFinger();
    const again = () => excepted('missing', 0, supervisorToken, { supervisor: print });
    expect((await except(await enrolPerson(), again())).outcome).toBe('activated');
    expect(await refusedBy(desk, await enrolPerson(), [], again())).toBe('evidence_replayed');
  });
});

describe('the document’s photo', () => {
  const files = async () => (await env.FILES.list({ prefix: 'private/documents/' })).objects;
  const see = (activationId: string, purpose = 'complaint') =>
    admin(`/v1/admin/activations/${activationId}/document-photo`, 'POST', { purpose });

  it('must be there and be a picture', async () => {
    const number = await enrolPerson();
    const without = { ...excepted('missing').evidence?.exception, document: undefined } as Exception;
    const missing = 'document_photo_missing';
    expect(await refused(number, { ...excepted('missing'), evidence: { exception: without } })).toBe(missing);
    const text = { jpeg: encodeBase64Url(new Uint8Array(200).fill(65)) };
    expect(await refused(number, excepted('missing', 0, supervisorToken, { document: text }))).toBe(missing);
  });

  it('is kept sealed under no name of the person, and seen only by an act that the person’s journal has', async () => {
    const number = await enrolPerson();
    const { activationId } = await except(number, excepted('missing'));
    const kept = (await files()).find(({ key }) => key.endsWith(activationId));
    expect(kept?.key).toMatch(/^private\/documents\/\d{4}-\d\d-\d\d\//);
    const object = new Uint8Array(await ((await env.FILES.get(kept?.key ?? ''))?.arrayBuffer() ?? new ArrayBuffer(0)));
    expect(object.length).toBeGreaterThan(documentJpeg.length);
    expect(encodeHex(object)).not.toContain(encodeHex(documentJpeg.subarray(0, 30)));
    const seen = await see(activationId);
    expect([seen.status, seen.headers.get('content-type')]).toEqual([200, 'image/jpeg']);
    expect(seen.headers.get('cache-control')).toBe('no-store');
    expect(new Uint8Array(await seen.arrayBuffer())).toEqual(documentJpeg);
    const looks = await everywhere(
      `SELECT subject_id, detail FROM journal WHERE event = 'activation.document_seen' AND object = ?`,
      activationId,
    );
    expect(looks).toMatchObject([{ detail: '{"for":"complaint"}', subject_id: expect.any(String) }]);
    expect((await see(activationId, 'curiosity')).status).toBe(422);
    expect((await see('A'.repeat(22))).status).toBe(404);
  });

  it('of a refused activation is not kept, and none outlives its time', async () => {
    const before = (await files()).length;
    const change = excepted('missing', 0, supervisorToken, { supervisor: theirFinger('a stranger') });
    await refused(await enrolPerson(), change);
    expect(await files()).toHaveLength(before);
    const { activationId } = await except(await enrolPerson(), excepted('missing'));
    await deps.documentPhotos.forget(deps.now());
    expect((await see(activationId)).status).toBe(200);
    await deps.documentPhotos.forget((deps.now() + 182 * 86_400) as never);
    expect((await see(activationId)).status).toBe(404);
    expect(await files()).toEqual([]);
    expect(await everywhere('SELECT 1 FROM document_photos')).toEqual([]);
  });
});

it('every reason on this file’s list was produced here', () => {
  expect([...produced].sort()).toEqual([...reasonsProducedBy.exceptions].sort());
});
