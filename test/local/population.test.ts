import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { EpochSeconds } from '../../shared/base/brands.ts';
import { disturb, syntheticFinger } from '../../shared/biometric/constellation.ts';
import { decodeTemplate } from '../../shared/biometric/decode-template.ts';
import { matchFingers } from '../../shared/biometric/match.ts';
import { prepare } from '../../shared/biometric/prepare.ts';
import { decodeBase64Url } from '../../shared/bytes/base64url.ts';
import { encodeUtf8 } from '../../shared/bytes/text.ts';
import { PersonLine } from '../../shared/contract/registry.ts';
import { demoPeople, demoPerson } from '../../worker/local/population/demo-people.ts';
import { demoCaptures, fingerSeed, readerFingers } from '../../worker/local/population/enrolled-fingers.ts';
import { populationDate } from '../../worker/local/population/families.ts';
import { defaultSeed, seedLines } from '../../worker/local/population/seed-lines.ts';
import { ageAt, isExpired } from '../../worker/registry/calendar.ts';
import { parsePersonLine } from '../../worker/registry/person-line.ts';

const day = (Date.parse(`${populationDate}T12:00:00Z`) / 1000) as EpochSeconds;

async function lines(people: number, seed?: string): Promise<string[]> {
  const made: string[] = [];
  for await (const line of seedLines({ people, ...(seed === undefined ? {} : { seed }) })) made.push(line);
  return made;
}

const population = await lines(600);
const people = population.map((line) => PersonLine.parse(JSON.parse(line)));
const later = people.slice(demoPeople.length);

function template(text: string | undefined) {
  const bytes = decodeBase64Url(text ?? '');
  const decoded = bytes.ok ? decodeTemplate(bytes.value) : bytes;
  if (!decoded.ok) throw new Error(decoded.error.reason);
  return decoded.value;
}

function score(a: ReturnType<typeof template>, b: ReturnType<typeof template>): number {
  return matchFingers(prepare(a), prepare(b));
}

describe('the generated population', () => {
  it('is the same for the same seed, on every machine and in every size', async () => {
    expect(await lines(50)).toEqual(population.slice(0, 50));
    const digest = createHash('sha256').update(
      (await lines(40)).map((line) => JSON.stringify({ ...JSON.parse(line), face: 0 })).join('\n'),
    );
    // Without faces: those depend on the version of the image library too. A new hash is a new population: say so in the changelog.
    expect(digest.digest('hex')).toMatchInlineSnapshot(
      `"5edbba1a9fc42adb9f227a0d7f03f8c749d592cd74562bede8f9d9620757f892"`,
    );
    expect((await lines(30, 'another'))[29]).not.toBe(population[29]);
  });

  it('holds lines that the registry takes, every number once', () => {
    for (const line of population) expect(parsePersonLine(encodeUtf8(line), day)).toMatchObject({ ok: true });
    expect(new Set(people.map(({ number }) => number)).size).toBe(people.length);
  });

  it('has people of every kind, sex and age, and documents of which some have run out', () => {
    const share = (test: (person: PersonLine) => boolean) => later.filter(test).length / later.length;
    expect(share(({ kind }) => kind === 'citizen')).toBeGreaterThan(0.45);
    expect(share(({ kind }) => kind === 'resident')).toBeGreaterThan(0.15);
    expect(share(({ kind }) => kind === 'visitor')).toBeGreaterThan(0.01);
    expect(share(({ sex }) => sex === 'female')).toBeGreaterThan(0.35);
    expect(share(({ sex }) => sex === 'female')).toBeLessThan(0.65);
    const expired = share(({ document }) => isExpired(document.expiresOn, day));
    expect(expired).toBeGreaterThan(0.02);
    expect(expired).toBeLessThan(0.2);
    const ages = later.map(({ birthDate }) => ageAt(birthDate, day));
    expect(Math.min(...ages)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...ages)).toBeGreaterThan(70);
    for (const [from, to] of [
      [0, 9],
      [10, 15],
      [16, 30],
      [31, 60],
    ] as const) {
      expect(ages.filter((age) => age >= from && age <= to).length).toBeGreaterThan(20);
    }
    expect(new Set(later.map(({ nationality }) => nationality)).size).toBeGreaterThan(6);
  });

  it('gives every minor guardians who are in it, grown up, of the same family', () => {
    const byNumber = new Map(people.map((person) => [person.number, person]));
    const minors = later.filter(({ birthDate }) => ageAt(birthDate, day) < 18);
    expect(minors.length).toBeGreaterThan(50);
    for (const minor of minors) {
      expect(minor.guardians.map(({ relation }) => relation)).toEqual(['father', 'mother']);
      for (const { number, relation } of minor.guardians) {
        const guardian = byNumber.get(number);
        if (!guardian) throw new Error('a guardian is missing');
        expect(ageAt(guardian.birthDate, day) - ageAt(minor.birthDate, day)).toBeGreaterThanOrEqual(19);
        expect(guardian.sex).toBe(relation === 'father' ? 'male' : 'female');
        if (relation === 'father') {
          expect(guardian.name.en.split(' ').at(-1)).toBe(minor.name.en.split(' ').at(-1));
          // Where names are made of fathers' names, the second is the father's own.
          const patronymic = ['SAU', 'EGY', 'YEM', 'SDN', 'SYR', 'JOR'].includes(minor.nationality);
          if (patronymic) expect(minor.name.en.split(' ')[1]).toBe(guardian.name.en.split(' ')[0]);
        }
      }
    }
  });

  it('writes names in both scripts, word for word', () => {
    for (const { name } of people) {
      expect(name.ar).toMatch(/^[\p{Script=Arabic} ]+$/u);
      expect(name.en).toMatch(/^[A-Z][A-Za-z ]+$/);
    }
  });

  it('draws a face of at most 480 bytes for everybody, and hardly one like another', () => {
    const faces = people.map(({ face }) => face ?? '');
    for (const face of faces) {
      const bytes = decodeBase64Url(face);
      expect(bytes.ok && bytes.value.length).toBeLessThanOrEqual(480);
      expect(bytes.ok && bytes.value.length).toBeGreaterThan(100);
    }
    expect(new Set(faces).size).toBe(people.length);
  });

  it('has fingers that a reader can show again by their seed, and nobody else’s match', () => {
    const [a, b] = later;
    if (!a || !b) throw new Error('nobody');
    expect(a.fingers.map(({ position, sample }) => [position, sample])).toEqual([
      [2, 1],
      [2, 2],
      [7, 1],
      [7, 2],
    ]);
    const shown = disturb(syntheticFinger(fingerSeed(defaultSeed, a.number, 2)), 'capture/1');
    const own = Math.max(...a.fingers.slice(0, 2).map((finger) => score(shown, template(finger.template))));
    const others = Math.max(...b.fingers.map((finger) => score(shown, template(finger.template))));
    expect(own).toBeGreaterThan(2 * others);
    expect(new Set(later.flatMap(({ fingers }) => fingers.map((finger) => finger.template))).size).toBe(
      later.length * 4,
    );
  });
});

describe('the ten people of the demo', () => {
  it('come first, under numbers that never change', () => {
    expect(people.slice(0, 10).map(({ number }) => number)).toEqual(demoPeople.map(({ number }) => number));
    expect(demoPeople.map(({ key, number }) => `${key} ${number}`)).toMatchInlineSnapshot(`
      [
        "noura 1000000016",
        "fahad 1000000024",
        "anita 2000000030",
        "mark 3000000046",
        "yousef 1000000057",
        "layan 1000000065",
        "abdulaziz 1000000073",
        "reem 1000000081",
        "imran 2000000097",
        "hessah 1000000107",
      ]
    `);
  });

  it('are of the ages, kinds and states that their stories need', () => {
    const age = (key: string) => ageAt(demoPerson(key).record.birthDate, day);
    expect([age('yousef'), age('layan'), age('reem')]).toEqual([12, 8, 16]);
    expect(demoPerson('yousef').record.guardians).toEqual([{ number: demoPerson('fahad').number, relation: 'father' }]);
    expect(demoPeople.map(({ record }) => record.kind).filter((kind) => kind === 'resident')).toHaveLength(2);
    expect(demoPerson('mark').record.kind).toBe('visitor');
    const expired = demoPeople.filter(({ record }) => isExpired(record.document.expiresOn, day));
    expect(expired.map(({ key }) => key)).toEqual(['abdulaziz']);
    expect(() => demoPerson('nobody')).toThrow(RangeError);
  });

  it('match their own fingers as a reader shows them better than anybody else’s', async () => {
    for (const person of demoPeople) {
      const enrolled =
        people.find(({ number }) => number === person.number)?.fingers.map((finger) => template(finger.template)) ?? [];
      expect(enrolled).toHaveLength(3);
      const captures = (await demoCaptures(person))
        .map((bytes) => decodeTemplate(bytes))
        .flatMap((d) => (d.ok ? [d.value] : []));
      expect(captures).toHaveLength(5);
      const own = captures.map((capture) => Math.max(...enrolled.map((sample) => score(capture, sample))));
      const other = await demoCaptures(demoPeople[(demoPeople.indexOf(person) + 1) % 10] ?? person);
      const foreign = other.flatMap((bytes) => {
        const decoded = decodeTemplate(bytes);
        return decoded.ok ? enrolled.map((sample) => score(decoded.value, sample)) : [];
      });
      expect(own.sort((x, y) => y - x)[1], person.key).toBeGreaterThan(Math.max(...foreign));
    }
  });

  it('are offered by a simulated reader by name, with impressions that nobody enrolled', async () => {
    const fingers = await readerFingers();
    expect(fingers.map(({ id }) => id)).toEqual(demoPeople.map(({ key }) => key));
    const enrolled = new Set(people.flatMap((person) => person.fingers.map((finger) => finger.template)));
    for (const { finger } of fingers) {
      expect(finger.templates).toHaveLength(5);
      for (const text of finger.templates)
        expect(enrolled.has(Buffer.from(text, 'base64').toString('base64url'))).toBe(false);
    }
  });
});
