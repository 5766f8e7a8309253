// Finger images → templates by our own extractor, as sets beside the others. Without a folder of images only the few vectors
// are timed: six images say nothing about error rates.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { extractTemplate, ownExtractor } from '../../shared/biometric/extract/extract-template.ts';
import { decodePng } from '../../shared/biometric/image/decode-png.ts';
import type { FingerTemplate } from '../../shared/biometric/template.ts';
import type { FingerSet } from './finger-sets.ts';

export type ImageTimes = { readonly sets: readonly FingerSet[]; readonly ms: readonly number[] };

export async function loadImageSets(root: string | undefined): Promise<ImageTimes> {
  const ms: number[] = [];
  if (root === undefined) {
    await extractAll(path.join(import.meta.dirname, '../vectors/fingerprints/images'), ms);
    return { sets: [], ms };
  }
  const sets: FingerSet[] = [];
  for (const set of readdirSync(root).sort()) {
    const templates = await extractAll(path.join(root, set), ms);
    sets.push({ extractor: ownExtractor, set, names: [...templates.keys()], templates, peer: undefined });
  }
  return { sets, ms };
}

async function extractAll(folder: string, ms: number[]): Promise<Map<string, FingerTemplate>> {
  const templates = new Map<string, FingerTemplate>();
  for (const file of readdirSync(folder).sort()) {
    const image = await decodePng(new Uint8Array(readFileSync(path.join(folder, file))));
    if (!image.ok) throw new Error(`${file}: ${image.error.reason}`);
    const started = performance.now();
    const template = extractTemplate(image.value);
    ms.push(performance.now() - started);
    if (!template.ok) throw new Error(`${file}: ${template.error.reason}`);
    templates.set(path.parse(file).name, template.value);
  }
  return templates;
}
