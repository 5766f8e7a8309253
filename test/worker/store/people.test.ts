import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import type { EpochSeconds, SubjectId, UnifiedNumber } from '../../../shared/base/brands.ts';
import { encodeUtf8 } from '../../../shared/bytes/text.ts';
import type { PersonLine } from '../../../shared/contract/registry.ts';
import { depsOf } from '../../../worker/deps.ts';
import type { Env } from '../../../worker/env.ts';
import { relationOf } from '../../../worker/registry/guardian-relation.ts';
import { parsePersonLine } from '../../../worker/registry/person-line.ts';
import { PeopleImport } from '../../../worker/store/people-import.ts';
import { indexOfNumber } from '../../../worker/store/person-index.ts';
import { accounts } from '../../../worker/store/schema/shard.ts';
import { bucketOfSubject } from '../../../worker/store/shard-map.ts';
import { numberOf, personLine } from '../registry/person-lines.ts';

const deps = depsOf(env as unknown as Env);
const at = 1_800_000_000 as EpochSeconds;
const number = (n: number) => numberOf(n) as UnifiedNumber;

function parsed(line: PersonLine) {
  const person = parsePersonLine(encodeUtf8(JSON.stringify(line)), at);
  if (!person.ok) throw new Error(person.error.reason);
  return person.value;
}

const store = (...lines: PersonLine[]) => deps.peopleImport.store(lines.map(parsed), 'admin:test', at);

describe('people', () => {
  it('are unknown to every question until they are imported', async () => {
    expect(await deps.people.findByNumber(number(1))).toBeUndefined();
    expect(await deps.people.loadForActivation(number(1))).toBeUndefined();
    const nobody = 'abcAAAAAAAAAAAAAAAAAAAAAA' as SubjectId;
    expect(await deps.people.find(nobody)).toBeUndefined();
    expect(await deps.people.openFace(nobody)).toBeUndefined();
    expect(await deps.fingers.enrolled(nobody)).toEqual([]);
    expect(await deps.guardianships.of(nobody)).toEqual([]);
  });

  it('are found by number and by subject, and the subject tells the shard and nothing else', async () => {
    await store(personLine(2));
    const byNumber = await deps.people.findByNumber(number(2));
    if (!byNumber) throw new Error('not found');
    expect(await deps.people.find(byNumber.subjectId)).toEqual(byNumber);
    const { bucket } = await indexOfNumber(deps.config.numberSecret, number(2));
    expect(bucketOfSubject(byNumber.subjectId)).toBe(bucket);
    expect((await deps.people.openFace(byNumber.subjectId))?.length).toBe(16);
  });

  it('come in one batch with account, fingers and guardians', async () => {
    await store(personLine(3), personLine(4, { guardians: [{ number: number(3), relation: 'mother' }], fingers: [] }));
    const before = await deps.people.loadForActivation(number(4));
    if (!before) throw new Error('not found');
    expect(before.account).toBeUndefined();
    await deps.shards.ofSubject(before.subjectId).insert(accounts).values({
      subjectId: before.subjectId,
      state: 'pending',
      identityLevel: 'none',
      registeredAt: at,
    });
    const loaded = await deps.people.loadForActivation(number(4));
    expect(loaded?.account).toMatchObject({ state: 'pending', identityLevel: 'none', failures: 0, lockedUntil: 0 });
    expect(loaded?.enrolled).toEqual([]);
    const mother = await indexOfNumber(deps.config.numberSecret, number(3));
    const stranger = await indexOfNumber(deps.config.numberSecret, number(2));
    expect(relationOf(loaded?.guardians ?? [], mother)).toBe('mother');
    expect(relationOf(loaded?.guardians ?? [], stranger)).toBeUndefined();
    expect(await deps.guardianships.of(before.subjectId)).toEqual(loaded?.guardians);
  });

  it('have no face when none was sent', async () => {
    const { face: _, ...faceless } = personLine(5);
    await store(faceless);
    const loaded = await deps.people.loadForActivation(number(5));
    expect(await loaded?.openFace()).toBeUndefined();
  });

  it('lose a face and fingers that a newer line no longer has', async () => {
    await store(personLine(6));
    const { face: _, ...faceless } = personLine(6, { fingers: [] });
    expect(await store(faceless)).toEqual({ imported: 0, updated: 1, unchanged: 0 });
    const loaded = await deps.people.loadForActivation(number(6));
    expect(loaded?.enrolled).toEqual([]);
    expect(await loaded?.openFace()).toBeUndefined();
  });
});

describe('two imports of one person at once', () => {
  it('with different lines leave one of the two whole, never a mixture', async () => {
    await store(personLine(10));
    const versions = Array.from({ length: 6 }, (_, i) =>
      personLine(10, {
        document: { serial: `V000000${i}`, expiresOn: '2031-01-01' },
        fingers: personLine(100 + i).fingers,
      }),
    );
    const imports = () => new PeopleImport(deps.shards, deps.vault, deps.config.numberSecret, deps.random);
    const done = await Promise.all(versions.map((line) => imports().store([parsed(line)], 'admin:test', at)));
    expect(done.every(({ updated }) => updated === 1)).toBe(true);
    const loaded = await deps.people.loadForActivation(number(10));
    expect(loaded?.recordVersion).toBe(7);
    const winner = versions.find(({ document }) => document.serial === loaded?.record.document.serial);
    const templates = (await loaded?.openFingers())?.map(({ template }) => template);
    expect(templates).toEqual(parsed(winner ?? personLine(10)).fingers.map(({ template }) => template));
  });
});
