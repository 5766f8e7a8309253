// The act of the clock that looks how full the spaces of status indices are: one that is half full grows, and one that can grow no more
// is spoken of before it is full. Knows no HTTP.
import type { EpochSeconds } from '../../shared/base/brands.ts';
import type { SpaceSize, StatusSpaces } from '../store/status-spaces.ts';
import { type StatusSpace, statusSpaceNames, statusSpaces } from './publication.ts';

/** Half: a free index is found at once, and what is new is published long before it is needed. */
const growAt = 0.5;
const alarmAt = 0.8;
const alarmEverySeconds = 86_400;
const sampled = 1000;

export type GrowNeeds = {
  readonly statusSpaces: Pick<StatusSpaces, 'sizes' | 'fullness' | 'grow' | 'alarm'>;
  readonly random: (bytes: number) => Uint8Array;
  readonly now: () => EpochSeconds;
};

/** `grown`: from the next publication on. `alarm`: it is nearly full and as large as it may be (docs/adr/0025 says what helps). */
export type Found = { readonly space: StatusSpace; readonly percent: number; readonly is: 'grown' | 'alarm' | 'well' };

export async function growStatusSpaces(needs: GrowNeeds): Promise<readonly Found[]> {
  const sizes = await needs.statusSpaces.sizes();
  return Promise.all(statusSpaceNames.map((space) => look(needs, space, sizes[space])));
}

async function look(needs: GrowNeeds, space: StatusSpace, size: SpaceSize): Promise<Found> {
  const sample = new Uint32Array(needs.random(sampled * 4).slice().buffer);
  const share = await needs.statusSpaces.fullness(space, sample);
  const percent = Math.round(share * 100);
  const { chunks, open } = size;
  const to = Math.min(chunks * 2, statusSpaces[space].mostChunks);
  const entry = { at: needs.now(), actor: 'system', object: `status_space:${space}` } as const;
  // What has grown already waits for its publication.
  const grows = share >= growAt && open === chunks && to > chunks;
  const detail = { percent, chunks };
  if (grows) {
    const grown = { ...entry, event: 'status_space.grown', detail: { ...detail, to } } as const;
    await needs.statusSpaces.grow(space, chunks, to, grown);
    return { space, percent, is: 'grown' };
  }
  if (share < alarmAt) return { space, percent, is: 'well' };
  const full = { ...entry, event: 'status_space.nearly_full', detail } as const;
  await needs.statusSpaces.alarm(space, size, full, alarmEverySeconds);
  return { space, percent, is: 'alarm' };
}
