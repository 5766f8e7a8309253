// What the edge is told of two lists that contradict each other, and the telling: in the round that met them, or in the next one that
// is heard. Knows no screen.
import { createHash } from 'node:crypto';
import { encodeBase64Url } from '../../../shared/bytes/base64url.ts';
import type { ForkReport } from '../../../shared/contract/fork-report.ts';
import { kioskPaths } from '../../../shared/contract/kiosk.ts';
import { detachPayload } from '../../../shared/trust/detached-header.ts';
import type { KioskClock } from '../clock.ts';
import type { EdgeClient, EdgeKey } from '../edge/edge-client.ts';
import type { ForkStore } from '../store/forks.ts';
import type { SeenFork } from './lists.ts';

const timeoutMs = 10_000;

/** Undefined for a file whose header is longer than any of ours: there is nothing to tell that the edge would take. */
export function forkReport(fork: SeenFork, seenAt: number): ForkReport | undefined {
  const { list, file, version, seenHash, heldVersion, heldHash } = fork;
  const header = detachPayload(file);
  return (
    header && {
      ...{ list, version, heldVersion, seenAt },
      seenHash: encodeBase64Url(seenHash),
      heldHash: encodeBase64Url(heldHash),
      fileHash: createHash('sha256').update(file).digest('base64url'),
      header: encodeBase64Url(header),
    }
  );
}

/** Never fails: what cannot be told now is told in the next round. What the edge refuses for good is not said again. */
export async function tellForks(
  needs: { readonly forks: Pick<ForkStore, 'untold' | 'told'>; readonly clock: KioskClock },
  edge: { readonly client: EdgeClient; readonly key: EdgeKey },
): Promise<void> {
  for (const report of needs.forks.untold()) {
    const body = new TextEncoder().encode(JSON.stringify(report));
    const ask = { method: 'POST', path: kioskPaths.forks, body, key: edge.key, timeoutMs } as const;
    const answer = await edge.client.ask({ ...ask, maxBytes: 65_536, tries: 1 });
    // 422: this one it never takes. Anything else may be of the moment, or of an edge that does not know the question yet.
    const isTaken = answer.ok || (answer.error.reason === 'refused' && answer.error.status === 422);
    if (!isTaken) return;
    needs.forks.told(report, needs.clock.now());
  }
}
