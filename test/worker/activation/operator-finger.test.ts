// An operator's own finger: the authority's code, three prints that are one finger, nobody else's; sealed, and once.
import { env } from 'cloudflare:workers';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { depsOf } from '../../../worker/deps.ts';
import type { Env } from '../../../worker/env.ts';
import { Vault } from '../../../worker/store/vault.ts';
import { WrappedKeys } from '../../../worker/store/wrapped-keys.ts';
import { admin, setUpKeys } from '../issuer/issuing-edge.ts';
import { newOperator, onDuty, refusal } from '../kiosks/test-kiosk.ts';
import { capture, type Desk, enrolFinger, enrolStaff, fingerCode, newDesk, now, touchOf } from './desk.ts';

const deps = depsOf(env as unknown as Env);
let desk: Desk;
let id: string;
let token: string;
let label: string;
let operators = 0;
beforeAll(setUpKeys);
beforeEach(async () => {
  desk = await newDesk();
  label = `enrolling.${operators++}`;
  id = await newOperator(desk.kiosk.centreId, label);
  token = await onDuty(desk.kiosk, label);
});

const prints = (of = label, more: object = {}) => [0, 1, 2].map(() => capture(touchOf(of), more));
const enrolled = async () =>
  (await env.DIRECTORY.prepare('SELECT * FROM operator_fingers WHERE operator_id = ?').bind(id).all()).results;
const enrol = async (captures: readonly object[], code?: string) =>
  enrolFinger(desk, token, code ?? (await fingerCode(id)), captures);

describe('an operator’s finger', () => {
  it('is enrolled once a code, sealed, and the next login says so', async () => {
    const code = await fingerCode(id);
    const answer = await enrol(prints(), code);
    expect([answer.status, await answer.json()]).toEqual([200, { position: 2 }]);
    const rows = await enrolled();
    expect(rows).toHaveLength(3);
    expect(JSON.stringify(rows)).not.toContain('"FMR');
    expect(await refusal(enrol(prints(), code))).toEqual([403, 'finger_code_refused']);
    // Another finger takes the place of the first.
    expect((await enrol(prints(`${label}/6`, { position: 6 }))).status).toBe(200);
    expect((await enrolled()).map((row) => row['position'])).toEqual([6, 6, 6]);
    const { results } = await env.DIRECTORY.prepare(
      `SELECT actor FROM journal WHERE event = 'operator.finger_enrolled' AND object = ?`,
    )
      .bind(desk.kiosk.id)
      .all();
    expect(results).toEqual([{ actor: `operator:${id}` }, { actor: `operator:${id}` }]);
  });

  it('is refused with its reason, and the code is still good', async () => {
    const code = await fingerCode(id);
    const no = async (captures: readonly object[]) => (await refusal(enrol(captures, code)))[1];
    expect(await no(prints(label, { capturedAt: now() - 2000 }))).toBe('evidence_stale');
    expect(await no(prints(label, { quality: 20 }))).toBe('quality_too_low');
    expect(await no([...prints().slice(0, 2), capture(touchOf(label), { position: 3 })])).toBe('fingers_differ');
    expect(await no(prints(label, { position: 0 }))).toBe('fingers_differ');
    expect(await no([...prints().slice(0, 2), capture(touchOf('another'))])).toBe('fingers_differ');
    expect(await no(prints().slice(0, 2))).toBe('evidence_unreadable');
    const [one] = prints();
    expect(await no([one, one, one] as object[])).not.toBe('');
    expect(await enrolled()).toEqual([]);
    expect((await enrol(prints(), code)).status).toBe(200);
  });

  it('that is a colleague’s is refused and journalled, and of nobody on duty nothing is enrolled', async () => {
    await enrolStaff(desk, id, token, label);
    const other = await newOperator(desk.kiosk.centreId, `${label}.other`, 'supervisor');
    const theirs = await onDuty(desk.kiosk, `${label}.other`);
    const answer = await enrolFinger(desk, theirs, await fingerCode(other), prints());
    expect(await refusal(answer)).toEqual([403, 'finger_of_colleague']);
    const entry = await env.DIRECTORY.prepare(
      `SELECT detail FROM journal WHERE event = 'operator.finger_refused' AND actor = ?`,
    )
      .bind(`operator:${other}`)
      .first();
    expect(entry?.['detail']).toContain('finger_of_colleague');
    const nobody = await enrolFinger(desk, 'A'.repeat(43), await fingerCode(id), prints());
    expect(await refusal(nobody)).toEqual([403, 'operator_not_on_duty']);
    expect(await refusal(admin('/v1/admin/operators/o_nobody/finger-code', 'POST'))).toEqual([404, 'operator_unknown']);
  });

  it('is sealed again with the others when the key-encryption key changes', async () => {
    await enrolStaff(desk, id, token, label);
    const next = new Vault(new Uint8Array(32).fill(9), deps.config.keyEncryptionKey);
    const keys = new WrappedKeys(deps.directory, deps.shards, next);
    const before = await enrolled();
    // Back again at the end: the other tests' edge knows one key only.
    const back = new WrappedKeys(
      deps.directory,
      deps.shards,
      new Vault(deps.config.keyEncryptionKey, new Uint8Array(32).fill(9)),
    );
    while ((await keys.rewrap(500, 'system', now())) > 0);
    expect((await enrolled())[0]?.['sealed_template']).not.toEqual(before[0]?.['sealed_template']);
    while ((await back.rewrap(500, 'system', now())) > 0);
    expect(await enrolled()).toHaveLength(3);
  });
});
