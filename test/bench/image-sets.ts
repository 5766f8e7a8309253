// Finger images → templates by our own extractor, as sets beside the others. Knows no matcher.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { extractTemplate, ownExtractor } from '../../shared/biometric/extract/extract-template.ts';
import { decodePng } from '../../shared/biometric/image/decode-png.ts';
import type { FingerTemplate } from '../../shared/biometric/template.ts';
import type { FingerSet } from './finger-sets.ts';

/** `ms`: of CPU time, an image; the first of a run, which also compiles, left out. */
export type ImageTimes = { readonly sets: readonly FingerSet[]; readonly ms: readonly number[] };

/** `<root>/<set>/<finger>_<impression>.png`; none where there is no such folder. */
export async function loadImageSets(root: string): Promise<ImageTimes> {
  const ms: number[] = [];
  const sets: FingerSet[] = [];
  if (!existsSync(root)) return { sets, ms };
  for (const set of readdirSync(root).sort()) {
    const templates = await extractAll(path.join(root, set), ms);
    sets.push({ extractor: ownExtractor, set, names: [...templates.keys()], templates, peer: undefined });
  }
  return { sets, ms: ms.slice(1) };
}

async function extractAll(folder: string, ms: number[]): Promise<Map<string, FingerTemplate>> {
  const templates = new Map<string, FingerTemplate>();
  for (const file of readdirSync(folder).sort()) {
    const image = await decodePng(new Uint8Array(readFileSync(path.join(folder, file))));
    if (!image.ok) throw new Error(`${file}: ${image.error.reason}`);
    // CPU time of this thread: other work on the machine is not ours to count.
    const started = process.threadCpuUsage();
    const template = extractTemplate(image.value);
    const { user, system } = process.threadCpuUsage(started);
    ms.push((user + system) / 1000);
    if (!template.ok) throw new Error(`${file}: ${template.error.reason}`);
    templates.set(path.parse(file).name, template.value);
  }
  return templates;
}
