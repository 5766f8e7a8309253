// The mark in a network's folder that says that its line is cut: `npm run line` sets it and takes it away, `npm start` follows it.
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

export const lineMark = 'line-is-cut';
const at = (stateDir: string) => path.join(stateDir, lineMark);

export const isLineCut = (stateDir: string): boolean => existsSync(at(stateDir));
export const cutLine = (stateDir: string): void => writeFileSync(at(stateDir), '', { mode: 0o600 });
export const mendLine = (stateDir: string): void => rmSync(at(stateDir), { force: true });
