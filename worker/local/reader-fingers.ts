// The list that the simulated reader offers on its page: the fingers of the demo's people and of the centre's supervisors, written
// where its process reads it.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { staffFinger } from './enrol-staff-finger.ts';
import { readerFingers } from './population/enrolled-fingers.ts';
import { demoStaff } from './set-up.ts';

/** Returns the file's path. */
export async function writeReaderFingers(stateDir: string): Promise<string> {
  mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  const file = path.join(stateDir, 'reader-fingers.json');
  const supervisors = demoStaff.filter(({ role }) => role === 'supervisor').map(staffFinger);
  writeFileSync(file, JSON.stringify([...(await readerFingers()), ...supervisors]), { mode: 0o600 });
  return file;
}
