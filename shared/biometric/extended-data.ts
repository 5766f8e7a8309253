// The standard's own blocks of extended data, read on demand: ridge counts (type 1), cores and deltas (type 2). The matcher
// does not use them; who re-encodes a template keeps the blocks as they are.
import { err, ok, type Result } from '../base/result.ts';
import { Cursor } from './cursor.ts';
import type { TemplateFormat } from './template.ts';

/** How many ridges lie between two minutiae (indices into the view's minutiae). */
export type RidgeCounts = {
  readonly method: 'custom' | 'quadrants' | 'octants';
  readonly edges: readonly { readonly from: number; readonly to: number; readonly count: number }[];
};

/** Pixels, y down. A core has one direction or none, a delta three or none; radians. */
export type SingularPoint = { readonly x: number; readonly y: number; readonly angles: readonly number[] };
export type CoresDeltas = { readonly cores: readonly SingularPoint[]; readonly deltas: readonly SingularPoint[] };

export type ExtendedDataError = {
  readonly reason: 'truncated' | 'trailing_bytes' | 'unknown_method' | 'unknown_layout';
};

const methods = ['custom', 'quadrants', 'octants'] as const;

/** The same layout in every format: a method, then edges of three bytes; one or two bytes left over are ignored. */
export function readRidgeCounts(data: Uint8Array): Result<RidgeCounts, ExtendedDataError> {
  if (data.length === 0) return err({ reason: 'truncated' });
  const method = methods[data[0] as number];
  if (method === undefined) return err({ reason: 'unknown_method' });
  const edges = Array.from({ length: Math.floor((data.length - 1) / 3) }, (_, k) => {
    const [from = 0, to = 0, count = 0] = data.subarray(1 + 3 * k, 4 + 3 * k);
    return { from, to, count };
  });
  return ok({ method, edges });
}

/** ISO 2005 flags directions at each point, ANSI 2004 and 2007 in the count byte; the later layouts are not known here. */
export function readCoresDeltas(data: Uint8Array, format: TemplateFormat): Result<CoresDeltas, ExtendedDataError> {
  const iso = format === 'iso-19794-2:2005';
  if (!iso && format !== 'ansi-378-2004' && format !== 'ansi-378-2007') return err({ reason: 'unknown_layout' });
  const unit = format === 'ansi-378-2004' ? Math.PI / 90 : Math.PI / 128;
  const cursor = new Cursor<ExtendedDataError['reason']>(data, 'truncated');
  const points = (angles: 1 | 3): SingularPoint[] => {
    const header = cursor.u8();
    const out: SingularPoint[] = [];
    for (let n = header & 0xf; n > 0 && !cursor.failed; n--) {
      const flagged = cursor.u16();
      const y = cursor.u16() & 0x3fff;
      const directed = iso ? (flagged & 0x4000) !== 0 : (header & 0x40) !== 0;
      const found = Array.from({ length: directed ? angles : 0 }, () => cursor.u8() * unit);
      out.push({ x: flagged & 0x3fff, y, angles: found });
    }
    return out;
  };
  const cores = points(1);
  const deltas = points(3);
  cursor.require(cursor.left === 0, 'trailing_bytes');
  return cursor.failure ? err({ reason: cursor.failure.reason }) : ok({ cores, deltas });
}
