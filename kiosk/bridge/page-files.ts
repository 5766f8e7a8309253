// The built page as a table of the files that exist: a path is looked up, never joined, so nothing else can be asked for.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { pageTypes } from './page-policy.ts';

export type PageFile = { readonly type: string; read(): Buffer };
export type PageFiles = { find(urlPath: string): PageFile | undefined };

/** Lists `directory` each time a path is not known yet, so that a page built later is found. `/` is `index.html`. */
export function pageFiles(directory: string): PageFiles {
  let known = list(directory);
  return {
    find(urlPath) {
      const wanted = urlPath === '/' ? '/index.html' : urlPath;
      if (!known.has(wanted)) known = list(directory);
      return known.get(wanted);
    },
  };
}

function list(directory: string): Map<string, PageFile> {
  const files = new Map<string, PageFile>();
  let entries: import('node:fs').Dirent[];
  try {
    entries = readdirSync(directory, { recursive: true, withFileTypes: true });
  } catch {
    return files;
  }
  for (const entry of entries) {
    const type = pageTypes[path.extname(entry.name).slice(1)];
    if (!entry.isFile() || !type) continue;
    const file = path.join(entry.parentPath, entry.name);
    const urlPath = `/${path.relative(directory, file).split(path.sep).join('/')}`;
    files.set(urlPath, { type, read: () => readFileSync(file) });
  }
  return files;
}
