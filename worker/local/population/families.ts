// Made-up families, one after the other: the first n people of a seed are the same however many are asked for.
// Parents, children with guardians, single people, residents and visitors; ages as of one fixed day. Knows no finger and no face.
import type { UnifiedNumber } from '../../../shared/base/brands.ts';
import type { PersonRecord } from '../../../shared/contract/registry.ts';
import { withCheckDigit } from '../../registry/unified-number.ts';
import { citizens, foreigners, type NamePair, type Nationality } from './names.ts';
import { type Seeded, seeded } from './seeded.ts';

/** The day on which ages are what the generator meant, and documents expired or not. */
export const populationDate = '2026-11-01';
const populationYear = 2026;

type Kind = PersonRecord['kind'];
type Sex = PersonRecord['sex'];
/** A made person, and the names that their children carry on. */
type Parent = { readonly record: PersonRecord; readonly given: NamePair; readonly father: NamePair };

const firstDigitOf: Readonly<Record<Kind, readonly string[]>> = {
  citizen: ['1'],
  resident: ['2'],
  visitor: ['3', '4', '5', '6'],
};

/** 8 digits from 10,000,000 up, each place of the population another: a step coprime with their count. Below are the demo's. */
const numberSpace = 90_000_000;
const numberStep = 54_018_523;

function numberOf(place: number, kind: Kind, random: Seeded): UnifiedNumber {
  const eight = 10_000_000 + ((place * numberStep + 31_415_926) % numberSpace);
  return withCheckDigit(`${random.pick(firstDigitOf[kind])}${eight}`);
}

/** Endless; `seed` decides everything. */
export function* families(seed: string): Generator<PersonRecord> {
  let place = 0;
  for (let family = 0; ; family++) {
    const random = seeded(`${seed}/family/${family}`);
    const people = makeFamily(random, () => place++);
    yield* people;
  }
}

function makeFamily(random: Seeded, nextPlace: () => number): PersonRecord[] {
  const kind: Kind = random.chance(0.6) ? 'citizen' : random.chance(0.85) ? 'resident' : 'visitor';
  const origin = kind === 'citizen' ? citizens : weighted(random);
  const make = (sex: Sex, age: number, guardians: PersonRecord['guardians'], father?: Parent, family?: NamePair) =>
    makePerson(random, { kind, origin, sex, age, guardians, father, family, place: nextPlace() });
  const single = kind === 'visitor' ? 0.8 : kind === 'resident' ? 0.55 : 0.3;
  if (random.chance(single)) return [make(random.chance(0.55) ? 'male' : 'female', random.between(18, 84), []).record];

  const ageOfMother = random.between(22, 58);
  const family = random.pick(origin.names.family);
  const father = make('male', ageOfMother + random.between(0, 9), [], undefined, family);
  // Women keep the name of their own family, where names are made of fathers' names.
  const mother = make('female', ageOfMother, [], undefined, origin.patronymic ? undefined : family);
  const members: Parent[] = [father, mother];
  const children = random.between(0, Math.min(5, ageOfMother - 20));
  for (let i = 0; i < children; i++) {
    const age = random.between(0, Math.min(26, ageOfMother - 20));
    const guardians: PersonRecord['guardians'] = [
      { number: father.record.number, relation: 'father' },
      { number: mother.record.number, relation: 'mother' },
    ];
    const sex = random.chance(0.5) ? 'male' : 'female';
    members.push(make(sex, age, age < 18 ? guardians : [], father, family));
  }
  return members.map(({ record }) => record);
}

type Making = {
  readonly kind: Kind;
  readonly origin: Nationality;
  readonly sex: Sex;
  readonly age: number;
  readonly guardians: PersonRecord['guardians'];
  readonly father: Parent | undefined;
  readonly family: NamePair | undefined;
  readonly place: number;
};

function makePerson(random: Seeded, making: Making): Parent {
  const { kind, origin, sex, age, guardians, place } = making;
  const given = random.pick(origin.names[sex]);
  const father = making.father?.given ?? random.pick(origin.names.male);
  const grandfather = making.father?.father ?? random.pick(origin.names.male);
  const family = making.family ?? random.pick(origin.names.family);
  const parts = origin.patronymic
    ? [given, father, ...(kind === 'citizen' ? [grandfather] : []), family]
    : [given, family];
  const record: PersonRecord = {
    number: numberOf(place, kind, random),
    kind,
    name: { ar: parts.map(({ ar }) => ar).join(' '), en: parts.map(({ en }) => en).join(' ') },
    birthDate: birthDate(random, age),
    sex,
    nationality: origin.code,
    document: { serial: serial(random, kind), expiresOn: expiry(random, kind) },
    guardians,
  };
  return { record, given, father };
}

/** Somebody of this age on the population's day: born in the twelve months that make it so. */
function birthDate(random: Seeded, age: number): string {
  const lastDay = Date.UTC(populationYear - age, 10, 1);
  const firstDay = Date.UTC(populationYear - age - 1, 10, 2);
  const days = Math.round((lastDay - firstDay) / 86_400_000);
  return new Date(firstDay + random.between(0, days) * 86_400_000).toISOString().slice(0, 10);
}

/** Cards last five or ten years; about one in twelve has run out. */
function expiry(random: Seeded, kind: Kind): string {
  const day = Date.UTC(populationYear, 10, 1);
  const years = kind === 'citizen' ? 10 : kind === 'resident' ? 5 : 0.5;
  const offset = random.chance(0.08) ? -random.next() * 2 : random.next() * years + 0.05;
  return new Date(day + offset * 365.25 * 86_400_000).toISOString().slice(0, 10);
}

function serial(random: Seeded, kind: Kind): string {
  const letter = kind === 'citizen' ? 'A' : kind === 'resident' ? 'R' : 'V';
  return letter + String(random.between(0, 99_999_999)).padStart(8, '0');
}

function weighted(random: Seeded): Nationality {
  const total = foreigners.reduce((sum, { weight }) => sum + weight, 0);
  let left = random.next() * total;
  for (const nationality of foreigners) {
    left -= nationality.weight;
    if (left < 0) return nationality;
  }
  return citizens;
}
