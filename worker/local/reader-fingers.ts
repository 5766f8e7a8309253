// The list that the simulated reader offers on its page: the fingers of the demo's people, written where its process reads it.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { readerFingers } from './population/enrolled-fingers.ts';

/** Returns the file's path. */
export async function writeReaderFingers(stateDir: string): Promise<string> {
  mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  const file = path.join(stateDir, 'reader-fingers.json');
  writeFileSync(file, JSON.stringify(await readerFingers()), { mode: 0o600 });
  return file;
}
