import { env } from 'cloudflare:workers';
import { drizzle } from 'drizzle-orm/d1';
import { describe, expect, it } from 'vitest';
import type { EpochSeconds, UnifiedNumber } from '../../../shared/base/brands.ts';
import { encodeUtf8 } from '../../../shared/bytes/text.ts';
import { parsePersonLine } from '../../../worker/registry/person-line.ts';
import { Fingers } from '../../../worker/store/fingers.ts';
import { People } from '../../../worker/store/people.ts';
import { PeopleImport } from '../../../worker/store/people-import.ts';
import { keys } from '../../../worker/store/schema/directory.ts';
import { activations } from '../../../worker/store/schema/shard.ts';
import { Shards } from '../../../worker/store/shard-map.ts';
import { SealBrokenError, Vault } from '../../../worker/store/vault.ts';
import { WrappedKeys } from '../../../worker/store/wrapped-keys.ts';
import { numberOf, personLine } from '../registry/person-lines.ts';

const at = 1_800_000_000 as EpochSeconds;
const secret = new Uint8Array(32).fill(9);
const oldKey = new Uint8Array(32).fill(1);
const newKey = new Uint8Array(32).fill(2);
const random = (bytes: number) => crypto.getRandomValues(new Uint8Array(bytes));
const databases = [env.SHARD_0, env.SHARD_1, env.SHARD_2, env.SHARD_3];
const shards = new Shards(databases);

function storesOf(vault: Vault) {
  return {
    people: new People(shards, vault, secret),
    fingers: new Fingers(shards, vault),
    imports: new PeopleImport(shards, vault, secret, random),
    wrapped: new WrappedKeys(drizzle(env.DIRECTORY), shards, vault),
  };
}

async function store(vault: Vault, ...numbers: number[]): Promise<void> {
  const parsed = numbers.map((n) => parsePersonLine(encodeUtf8(JSON.stringify(personLine(n))), at));
  await storesOf(vault).imports.store(
    parsed.flatMap((person) => (person.ok ? [person.value] : [])),
    'admin:test',
    at,
  );
}

const number = (n: number) => numberOf(n) as UnifiedNumber;

async function everywhere(sql: string, ...values: unknown[]): Promise<Record<string, unknown>[]> {
  const results = await Promise.all(
    databases.map((db) =>
      db
        .prepare(sql)
        .bind(...values)
        .all(),
    ),
  );
  return results.flatMap((result) => result.results);
}

describe('the vault', () => {
  const place = { table: 'people', row: 'abc', column: 'sealed_record' };

  it('opens what it sealed, in its place only', async () => {
    const vault = new Vault(oldKey);
    const { person, sealedKey } = await vault.newPersonKey('abc');
    const sealed = await person.seal(place, encodeUtf8('secret'));
    const again = await vault.openPersonKey('abc', sealedKey);
    expect(again.ok && (await again.value.open(place, sealed))).toEqual({ ok: true, value: encodeUtf8('secret') });
    for (const elsewhere of [
      { ...place, table: 'fingers' },
      { ...place, row: 'abd' },
      { ...place, column: 'sealed_face' },
      { table: 'people\0abc', row: 'x', column: 'y' },
    ]) {
      const moved = async () => (await person.open(elsewhere, sealed)).ok;
      if (elsewhere.table.includes('\0')) await expect(moved()).rejects.toThrow(RangeError);
      else expect(await moved()).toBe(false);
    }
    expect((await vault.openPersonKey('abd', sealedKey)).ok).toBe(false);
  });

  it('refuses a blob of which any byte was changed', async () => {
    const vault = new Vault(oldKey);
    const { person } = await vault.newPersonKey('abc');
    const sealed = await person.seal(place, encodeUtf8('secret'));
    for (let i = 0; i < sealed.length; i++) {
      const changed = sealed.slice();
      changed[i] = (changed[i] ?? 0) ^ 1;
      expect((await person.open(place, changed)).ok).toBe(false);
    }
    expect((await person.open(place, sealed.slice(0, 36))).ok).toBe(false);
    expect((await person.open(place, new Uint8Array(0))).ok).toBe(false);
  });

  it('never seals the same bytes to the same blob', async () => {
    const vault = new Vault(oldKey);
    const blobs = await Promise.all([1, 2, 3].map(() => vault.sealWithMaster(place, encodeUtf8('x'))));
    expect(new Set(blobs.map((blob) => blob.join())).size).toBe(3);
  });
});

describe('people in the database', () => {
  it('hold no number, name, face or template in the clear', async () => {
    await store(new Vault(oldKey), 1, 2);
    const rows = [
      ...(await everywhere('SELECT * FROM people')),
      ...(await everywhere('SELECT * FROM fingers')),
      ...(await everywhere('SELECT * FROM guardianships')),
      ...(await everywhere('SELECT * FROM journal')),
    ];
    expect(rows.length).toBeGreaterThan(6);
    const text = rows
      .flatMap((row) => Object.values(row))
      .map((value) => (Array.isArray(value) ? String.fromCharCode(...(value as number[])) : String(value)))
      .join('\n');
    for (const clear of [numberOf(1), numberOf(2), 'Noura', 'Alharbi', 'A0000001', 'FMR', 'WEBP']) {
      expect(text).not.toContain(clear);
    }
  });

  it('cannot be given the record, the key or the finger of somebody else', async () => {
    const vault = new Vault(oldKey);
    const { people, fingers } = storesOf(vault);
    await store(vault, 10, 11);
    const [a, b] = await Promise.all([people.findByNumber(number(10)), people.findByNumber(number(11))]);
    if (!a || !b) throw new Error('not stored');
    // Both rows into one database, so that a single statement can swap them: what a thief with the database would do.
    const homeOfA = shards.ofSubject(a.subjectId).$client;
    const rowOfB = await shards
      .ofSubject(b.subjectId)
      .$client.prepare('SELECT * FROM people WHERE subject_id = ?')
      .bind(b.subjectId)
      .first();
    for (const column of ['sealed_record', 'sealed_key']) {
      const before = await homeOfA
        .prepare(`SELECT ${column} AS c FROM people WHERE subject_id = ?`)
        .bind(a.subjectId)
        .first<{ c: number[] }>();
      const set = homeOfA.prepare(`UPDATE people SET ${column} = ? WHERE subject_id = ?`);
      await set.bind(rowOfB?.[column], a.subjectId).run();
      await expect(people.findByNumber(number(10))).rejects.toThrow(SealBrokenError);
      await set.bind(before?.c, a.subjectId).run();
      expect(await people.findByNumber(number(10))).toBeDefined();
    }
    // Two fingers of one person that changed places.
    await homeOfA
      .prepare(
        'UPDATE fingers SET sealed_template = (SELECT sealed_template FROM fingers WHERE subject_id = ?1 AND position = 7) WHERE subject_id = ?1 AND position = 2',
      )
      .bind(a.subjectId)
      .run();
    await expect(fingers.enrolled(a.subjectId)).rejects.toThrow('fingers.sealed_template does not open: sealed_forged');
    const loaded = await people.loadForActivation(number(10));
    await expect(loaded?.openFingers(2)).rejects.toThrow(SealBrokenError);
    expect(await loaded?.openFingers(7)).toHaveLength(1);
  });
});

describe('rotation of the key-encryption key', () => {
  it('wraps every data key again, opens everything meanwhile, and then lets the old key go', async () => {
    await store(new Vault(oldKey), 20, 21, 22, 23, 24);
    const oldVault = new Vault(oldKey);
    const privatePlace = { table: 'keys', row: 'kid-1', column: 'sealed_private' };
    const directory = drizzle(env.DIRECTORY);
    await directory.insert(keys).values({
      kid: 'kid-1',
      purpose: 'receipt',
      alg: 'EdDSA',
      publicKey: new Uint8Array(32),
      sealedPrivate: await oldVault.sealWithMaster(privatePlace, encodeUtf8('private')),
      state: 'current',
      usableFrom: 0,
      signUntil: 0,
      acceptUntil: 0,
      createdAt: 0,
    });
    expect(
      (
        await new Vault(newKey).openWithMaster(
          privatePlace,
          await oldVault.sealWithMaster(privatePlace, new Uint8Array(1)),
        )
      ).ok,
    ).toBe(false);

    const answerPlace = { table: 'activations', row: 'act-1', column: 'sealed_answer' };
    await shards.all[2]?.insert(activations).values({
      activationId: 'act-1',
      outcome: 'refused',
      kioskId: 'k',
      centreId: 'c',
      operatorId: 'o',
      requestHash: new Uint8Array(32),
      sealedAnswer: await oldVault.sealWithMaster(answerPlace, encodeUtf8('answer')),
      recordedAt: at,
      decidedAt: at,
    });

    const both = storesOf(new Vault(newKey, oldKey));
    const total = (await everywhere('SELECT subject_id FROM people')).length;
    let wrapped = 0;
    let rounds = 0;
    for (
      let step = await both.wrapped.rewrap(2, 'admin:test', at);
      step > 0;
      step = await both.wrapped.rewrap(2, 'admin:test', at)
    ) {
      wrapped += step;
      rounds += 1;
      expect((await both.people.findByNumber(number(24)))?.record.number).toBe(numberOf(24));
    }
    expect(rounds).toBeGreaterThan(1);
    // Every person, one private key, one answer.
    expect(wrapped).toBe(total + 2);

    const after = storesOf(new Vault(newKey));
    for (const n of [20, 21, 22, 23, 24]) {
      expect((await after.people.findByNumber(number(n)))?.record.number).toBe(numberOf(n));
    }
    const [key] = await directory.select().from(keys);
    const opened = await new Vault(newKey).openWithMaster(
      privatePlace,
      new Uint8Array(key?.sealedPrivate as Uint8Array),
    );
    expect(opened).toEqual({ ok: true, value: encodeUtf8('private') });
    const [answer] = await everywhere("SELECT sealed_answer FROM activations WHERE activation_id = 'act-1'");
    const openedAnswer = await new Vault(newKey).openWithMaster(
      answerPlace,
      Uint8Array.from(answer?.['sealed_answer'] as number[]),
    );
    expect(openedAnswer).toEqual({ ok: true, value: encodeUtf8('answer') });
    await expect(storesOf(oldVault).people.findByNumber(number(20))).rejects.toThrow('sealed_key_unknown');
    const journal = await everywhere("SELECT detail FROM journal WHERE event = 'person.key_rewrapped'");
    const counted = journal.reduce(
      (sum, row) => sum + (JSON.parse(String(row['detail'])) as { count: number }).count,
      0,
    );
    expect(counted).toBe(total);
    await directory.delete(keys);
  });
});
