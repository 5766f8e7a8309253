// What lies on disk under a folder, for tests that search it while programs write there: databases make and remove journals all the time.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

export type FileOnDisk = { readonly path: string; readonly content: Buffer };

/** Every file under `folder`. One that went away meanwhile has nothing left to find. */
export function filesOnDisk(folder: string): FileOnDisk[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .flatMap((entry) => {
      const at = path.join(entry.parentPath, entry.name);
      try {
        return [{ path: at, content: readFileSync(at) }];
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
        throw error;
      }
    });
}
