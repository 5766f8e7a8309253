// A person of an active account who lost what they log in with comes to a desk: the finger gives a new setup code, and all before it ends.
import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import type { SubjectId } from '../../../shared/base/brands.ts';
import { depsOf } from '../../../worker/deps.ts';
import type { Env } from '../../../worker/env.ts';
import { setUpKeys } from '../issuer/issuing-edge.ts';
import { aClient, Browser, logIn, TestWallet, withPassword, withSigningKey } from '../openid/world.ts';
import { heldRow } from '../wallet/holding.ts';
import {
  activate,
  capture,
  type Desk,
  decided,
  enrolPerson,
  everywhere,
  newDesk,
  openSession,
  reasonsProducedBy,
  refusedBy,
  requestFor,
  submit,
  touch,
  touchOf,
} from './desk.ts';

const deps = depsOf(env as unknown as Env);
let desk: Desk;
beforeAll(async () => {
  await setUpKeys();
  await withSigningKey();
  desk = await newDesk();
});

const purpose = 'recover' as const;

async function anActivePerson() {
  const number = await enrolPerson();
  const { setup } = await activate(desk, number);
  const person = await deps.people.findByNumber(number as never);
  if (!setup || !person) throw new Error('not activated');
  return { number, setupCode: setup.code, subjectId: person.subjectId as SubjectId };
}

async function recover(number: string) {
  const session = await openSession(desk, number);
  expect(session.accountState).toBe('active');
  return decided(
    submit(desk, await requestFor(desk, number, [capture(touch(number))], { session, request: { purpose } })),
  );
}

const boundOf = (subjectId: string) =>
  everywhere("SELECT type FROM authenticators WHERE subject_id = ? AND state = 'bound' ORDER BY type", subjectId);

describe('recovery at a service centre', () => {
  it('gives a new setup code for the same finger; every authenticator, session and token before it is over', async () => {
    const { number, setupCode, subjectId } = await anActivePerson();
    await withPassword({ number, subjectId, setupCode }, 'lost.everything');
    const lost = await TestWallet.bind(setupCode);
    const browser = new Browser();
    await logIn(browser, await aClient(), 'lost.everything');
    const person = await deps.loginObjects.person(subjectId);
    expect(await person.sessions()).toHaveLength(1);

    const shown = await heldRow(subjectId, lost.id);

    const answer = await recover(number);
    expect(answer).toMatchObject({ outcome: 'activated' });
    await expect.poll(async () => (await deps.statusEntries.find(shown))?.status).toBe(1);
    expect(await boundOf(subjectId)).toEqual([{ type: 'setup_code' }]);
    expect(await person.sessions()).toEqual([]);
    expect((await lost.account('list')).status).toBe(401);
    await expect(TestWallet.bind(setupCode)).rejects.toThrow('setup_code_unknown');

    const found = await TestWallet.bind(answer.setup?.code ?? '');
    expect((await found.notifications()).map(({ kind }) => kind).slice(0, 2)).toEqual([
      'authenticator.bound',
      'recovery.at_centre',
    ]);
    const journal = await everywhere(
      "SELECT detail FROM journal WHERE event = 'activation.recovered' AND subject_id = ?",
      subjectId,
    );
    expect(journal).toHaveLength(1);
    const [account] = await everywhere('SELECT state, identity_level FROM accounts WHERE subject_id = ?', subjectId);
    expect(account).toEqual({ state: 'active', identity_level: 'high' });
  });

  it('the same request again gets the same answer and ends nothing more', async () => {
    const { number, subjectId } = await anActivePerson();
    const body = await requestFor(desk, number, [capture(touch(number))], {
      session: await openSession(desk, number),
      request: { purpose },
    });
    const first = await decided(submit(desk, body));
    await TestWallet.bind(first.setup?.code ?? '');
    expect(await decided(submit(desk, body))).toEqual(first);
    expect(await boundOf(subjectId)).toEqual([{ type: 'setup_code' }, { type: 'wallet_key' }]);
  });

  it("is for that person's finger alone, and another's counts as a failed try", async () => {
    const { number, subjectId } = await anActivePerson();
    expect(await refusedBy(desk, number, [capture(touchOf('a stranger'))], { request: { purpose } })).toBe('no_match');
    const [account] = await everywhere('SELECT failures FROM accounts WHERE subject_id = ?', subjectId);
    expect(account).toEqual({ failures: 1 });
    expect((await boundOf(subjectId)).length).toBe(1);
  });

  it('is refused where there is nothing to recover', async () => {
    const number = await enrolPerson();
    const produced = [await refusedBy(desk, number, [capture(touch(number))], { request: { purpose } })];
    expect(produced).toEqual([...reasonsProducedBy.recovery]);
  });

  it("is never given on a supervisor's word: without a readable finger there is no recovery", async () => {
    const { number } = await anActivePerson();
    const blurred = capture(touch(number), { quality: 5 });
    expect(await refusedBy(desk, number, [blurred], { request: { purpose } })).toBe('requirements_not_met');
  });
});
