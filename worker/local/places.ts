// Where the local network keeps its state and which ports it takes: one number moves them all.
import path from 'node:path';

export const root = path.resolve(import.meta.dirname, '../..');
export const defaultStateDir = path.join(root, '.state/network');

export type Ports = {
  readonly startPage: number;
  readonly edge: number;
  readonly kiosk: number;
  readonly service: number;
  readonly reader: number;
};

/** Of a network whose edge answers at `edgeUrl`. */
export const firstPortOf = (edgeUrl: string): number => Number(new URL(edgeUrl).port) - 1;

/** Five ports from the first one on; 8786 unless told. */
export function portsFrom(first: string | undefined): Ports {
  const base = first === undefined ? 8786 : Number(first);
  if (!Number.isInteger(base) || base < 1024 || base > 65_530) {
    throw new RangeError('--port takes the first of five ports, from 1024 to 65530');
  }
  return { startPage: base, edge: base + 1, kiosk: base + 2, service: base + 3, reader: base + 4 };
}
