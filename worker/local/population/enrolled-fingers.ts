// The fingers of people who do not exist: of the demo's from files of a synthetic set, of everyone else from a seed.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { disturb, syntheticFinger } from '../../../shared/biometric/constellation.ts';
import { encodeTemplate } from '../../../shared/biometric/encode-template.ts';
import { positionOfCode } from '../../../shared/biometric/position.ts';
import { encodeBase64Url } from '../../../shared/bytes/base64url.ts';
import type { EnrolledFinger } from '../../../shared/contract/registry.ts';
import type { Name } from '../../../shared/contract/wire.ts';
import { type DemoPerson, demoPeople } from './demo-people.ts';

const folder = path.resolve(import.meta.dirname, '../demo-fingers');

/** Who made the templates: the demo's files, and the made-up ones. */
export const demoExtractor = 'secugen';
export const madeUpExtractor = 'synthetic';

const enrolledImpressions = [1, 2, 3] as const;
const shownImpressions = [4, 5, 6, 7, 8] as const;
/** Right and left index. */
const positions = [2, 7] as const;
const samplesPerFinger = 2;

async function impression(finger: number, number: number): Promise<Uint8Array> {
  return readFile(path.join(folder, `${finger}_${number}.iso`));
}

/** The three enrolled impressions of a demo person's finger. */
export async function demoFingers(person: DemoPerson): Promise<EnrolledFinger[]> {
  return Promise.all(
    enrolledImpressions.map(async (number, i) => ({
      position: person.position,
      sample: i + 1,
      extractor: demoExtractor,
      quality: 80,
      template: encodeBase64Url(await impression(person.finger, number)),
    })),
  );
}

/** What a simulated reader shows when a demo person touches it: five impressions that are not enrolled. */
export async function demoCaptures(person: DemoPerson): Promise<Uint8Array[]> {
  return Promise.all(shownImpressions.map((number) => impression(person.finger, number)));
}

/** The list a simulated reader offers to choose from (`npm run device -- secugen --fingers LIST.json`): the demo's ten. */
export async function readerFingers(): Promise<
  { readonly id: string; readonly label: Name; readonly finger: { readonly templates: string[] } }[]
> {
  return Promise.all(
    demoPeople.map(async (person) => {
      const captures = await demoCaptures(person);
      const templates = captures.map((bytes) => Buffer.from(bytes).toString('base64'));
      return { id: person.key, label: person.record.name, finger: { templates } };
    }),
  );
}

/** The seed of a made-up person's finger: `npm run device -- secugen --finger SEED` puts it on the glass. */
export function fingerSeed(seed: string, number: string, position: number): string {
  return `${seed}/${number}/${position}`;
}

/** Two fingers of two samples each, every sample a disturbed copy. */
export function madeUpFingers(seed: string, number: string): EnrolledFinger[] {
  return positions.flatMap((position) => {
    const name = positionOfCode(position);
    if (!name) throw new RangeError('no such finger');
    const finger = syntheticFinger(fingerSeed(seed, number, position), { position: name });
    return Array.from({ length: samplesPerFinger }, (_, i) => {
      const shown = disturb(finger, `enrolled/${i + 1}`);
      const template = encodeTemplate(shown);
      if (!template.ok) throw new Error(`a made-up finger cannot be written: ${template.error.reason}`);
      const quality = Math.min(100, shown.views[0]?.quality ?? 0);
      return {
        position,
        sample: i + 1,
        extractor: madeUpExtractor,
        quality,
        template: encodeBase64Url(template.value),
      };
    });
  });
}
