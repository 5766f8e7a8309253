// A believable population of any size as lines of an import: the demo's ten people first, then families. The same seed, the same lines.
import { encodeBase64Url } from '../../../shared/bytes/base64url.ts';
import type { PersonLine, PersonRecord } from '../../../shared/contract/registry.ts';
import { demoPeople } from './demo-people.ts';
import { demoFingers, madeUpFingers } from './enrolled-fingers.ts';
import { families, populationDate } from './families.ts';
import { drawPortrait, portraitSide } from './portrait.ts';
import { seeded } from './seeded.ts';
import { type EncodeFace, webpEncoder } from './webp.ts';

export type Population = {
  /** How many people, the demo's ten among them. */
  readonly people: number;
  /** Any text; `tawthiq` unless told. */
  readonly seed?: string;
};

export const defaultSeed = 'tawthiq';

/** One person a value, without its line feed. The first n lines of a seed are the same for every larger population. */
export async function* seedLines(population: Population): AsyncGenerator<string> {
  const { people, seed = defaultSeed } = population;
  const encodeFace = await webpEncoder();
  let made = 0;
  for (const person of demoPeople) {
    if (made++ >= people) return;
    const fingers = await demoFingers(person);
    const face = await faceOf(encodeFace, seed, person.record, person.headCover);
    yield JSON.stringify({ ...person.record, fingers, face } satisfies PersonLine);
  }
  for (const record of families(seed)) {
    if (made++ >= people) return;
    const fingers = madeUpFingers(seed, record.number);
    const face = await faceOf(encodeFace, seed, record);
    yield JSON.stringify({ ...record, fingers, face } satisfies PersonLine);
  }
}

async function faceOf(encodeFace: EncodeFace, seed: string, record: PersonRecord, covered?: boolean): Promise<string> {
  const random = seeded(`${seed}/face/${record.number}`);
  const ageYears = Number(populationDate.slice(0, 4)) - Number(record.birthDate.slice(0, 4));
  const { sex } = record;
  const coverChance = ageYears < 12 ? 0 : record.kind === 'citizen' ? 0.9 : sex === 'female' ? 0.5 : 0.05;
  const headCover = covered ?? random.chance(coverChance);
  return encodeBase64Url(await encodeFace(drawPortrait(random, { sex, ageYears, headCover }), portraitSide));
}
