// Sets of finger templates or images by folder, with another matcher's scores of the same pairs where there are any.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { decodeTemplate, withoutPadding } from '../../shared/biometric/decode-template.ts';
import type { FingerTemplate } from '../../shared/biometric/template.ts';
import type { Scores } from './error-rates.ts';

/** Scores by pair: `a b` in the order of names. */
export type PairScores = ReadonlyMap<string, number>;

export type FingerSet = {
  readonly extractor: string;
  readonly set: string;
  readonly names: readonly string[];
  readonly templates: ReadonlyMap<string, FingerTemplate>;
  /** SourceAFIS' matcher on these templates. */
  readonly peer: PairScores | undefined;
};

export const fingerOf = (name: string) => name.split('_')[0] ?? name;
export const impressionOf = (name: string) => Number(name.split('_')[1]);
export const pairKey = (a: string, b: string) => (a < b ? `${a} ${b}` : `${b} ${a}`);

/** `<root>/<extractor>/<set>/<finger>_<impression>.*` and `<root>/baseline-scores/sourceafis-matcher__<extractor>-templates__<set>.csv.gz`. */
export function loadFingerSets(root: string): FingerSet[] {
  const folders = readdirSync(root).filter((f) => f !== 'baseline-scores' && f !== 'images');
  return folders.flatMap((folder) =>
    readdirSync(path.join(root, folder))
      .sort()
      .map((set) => {
        const templates = new Map<string, FingerTemplate>();
        for (const file of readdirSync(path.join(root, folder, set)).sort()) {
          const bytes = new Uint8Array(readFileSync(path.join(root, folder, set, file)));
          const template = decodeTemplate(withoutPadding(bytes));
          if (!template.ok) throw new Error(`${folder}/${set}/${file}: ${template.error.reason}`);
          templates.set(path.parse(file).name, template.value);
        }
        const extractor = folder.replace('-openafis', '');
        return { extractor, set, names: [...templates.keys()], templates, peer: loadPeer(root, extractor, set) };
      }),
  );
}

function loadPeer(root: string, extractor: string, set: string): PairScores | undefined {
  const file = path.join(root, 'baseline-scores', `sourceafis-matcher__${extractor}-templates__${set}.csv.gz`);
  if (!existsSync(file)) return undefined;
  const scores = new Map<string, number>();
  for (const line of gunzipSync(readFileSync(file)).toString('utf8').split('\n')) {
    const [a = '', b = '', score = ''] = line.trim().split(',');
    if (a.includes('_') && score !== '') scores.set(pairKey(a, b), Number(score));
  }
  return scores;
}

/** Every pair once. */
export function allPairs(names: readonly string[]): [string, string][] {
  return names.flatMap((a, i) => names.slice(i + 1).map((b): [string, string] => [a, b]));
}

export function scoresOf(names: readonly string[], scores: PairScores): Scores {
  const out = { mated: [] as number[], nonMated: [] as number[] };
  for (const [a, b] of allPairs(names)) {
    const score = scores.get(pairKey(a, b));
    if (score === undefined) throw new Error(`no score for ${a} ${b}`);
    (fingerOf(a) === fingerOf(b) ? out.mated : out.nonMated).push(score);
  }
  return out;
}

/** The policy of an activation: impressions 1 to 3 enrolled, two different later ones as tries, the best of the six scores. */
export function transactionScores(names: readonly string[], scores: PairScores): Scores {
  const out = { mated: [] as number[], nonMated: [] as number[] };
  const fingers = [...new Set(names.map(fingerOf))];
  for (const enrolled of fingers) {
    const samples = names.filter((n) => fingerOf(n) === enrolled && impressionOf(n) <= 3);
    for (const probe of fingers) {
      const tries = names.filter((n) => fingerOf(n) === probe && impressionOf(n) > 3);
      for (const pair of allPairs(tries)) {
        const six = pair.flatMap((t) => samples.map((s) => scores.get(pairKey(t, s)) ?? 0));
        (probe === enrolled ? out.mated : out.nonMated).push(Math.max(...six));
      }
    }
  }
  return out;
}

export function pooled(all: readonly Scores[]): Scores {
  return { mated: all.flatMap((s) => s.mated), nonMated: all.flatMap((s) => s.nonMated) };
}
