// Reads a file of test/vectors.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const home = path.join(import.meta.dirname, '../../vectors');

export function vectorText(name: string): string {
  return readFileSync(path.join(home, name), 'utf8');
}

export function vectorJson<T>(name: string): T {
  return JSON.parse(vectorText(name)) as T;
}

export function vectorNames(folder: string, end = '.json'): readonly string[] {
  return readdirSync(path.join(home, folder))
    .filter((name) => name.endsWith(end))
    .map((name) => `${folder}/${name}`);
}

/** The value of a result that must be one. */
export function unwrap<T>(
  result: { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: unknown },
): T {
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}

/** The reason of a result that must be a refusal. */
export function reasonOf<R>(
  result:
    | { readonly ok: true; readonly value: unknown }
    | { readonly ok: false; readonly error: { readonly reason: R } },
): R {
  if (result.ok) throw new Error('not refused');
  return result.error.reason;
}

export function hex(text: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(text, 'hex'));
}
