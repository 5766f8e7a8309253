// A kiosk tells of two signed lists that contradict each other. Kept once a kiosk, journalled once; the kiosk's word, not a proof: who
// signed is in the header, and the hashes say which contents to look for.
import type { EpochSeconds } from '../../shared/base/brands.ts';
import { err, ok, type Result } from '../../shared/base/result.ts';
import { decodeBase64Url } from '../../shared/bytes/base64url.ts';
import { encodeHex } from '../../shared/bytes/hex.ts';
import { encodeUtf8 } from '../../shared/bytes/text.ts';
import type { ForkReport } from '../../shared/contract/fork-report.ts';
import { sha256 } from '../../shared/crypto/digest.ts';
import { readDetachedHeader } from '../../shared/trust/detached-header.ts';
import type { Kiosks, SignedBy } from '../store/kiosks.ts';
import type { ListForks } from '../store/list-forks.ts';
import type { AdmissionReason } from './operator-session.ts';

export type ReportForkNeeds = {
  readonly kiosks: Pick<Kiosks, 'admit'>;
  readonly listForks: Pick<ListForks, 'record' | 'isKept'>;
  readonly now: () => EpochSeconds;
};

export type ReportForkReason = AdmissionReason | 'fork_header_malformed' | 'not_a_fork' | 'fork_reports_full';

/** One D1 batch. `fork_reports_full`: this kiosk told of so many that one more is not kept. */
export async function reportFork(
  needs: ReportForkNeeds,
  signed: SignedBy,
  report: ForkReport,
): Promise<Result<undefined, { readonly reason: ReportForkReason }>> {
  const { list, version, heldVersion, heldHash, seenHash } = report;
  if (!contradicts(report)) return err({ reason: 'not_a_fork' });
  const header = bytesOf(report.header);
  const read = header && readDetachedHeader(header);
  if (!header || !read?.ok || read.value.list !== list) return err({ reason: 'fork_header_malformed' });
  const [seen, held, file] = [seenHash, heldHash, report.fileHash].map(bytesOf);
  if (!seen || !held || !file) return err({ reason: 'not_a_fork' });
  const forkId = await forkIdOf(report);
  const at = needs.now();
  const fork = { forkId, kioskId: signed.kioskId, list, version, heldVersion, header, seenAt: report.seenAt };
  const statements = needs.listForks.record(
    { ...fork, seenHash: seen, heldHash: held, fileHash: file },
    {
      ...{ at, event: 'kiosk.fork_reported', actor: `kiosk:${signed.kioskId}`, object: forkId },
      detail: { list, version, held: shortOf(held), seen: shortOf(seen) },
    },
  );
  const admitted = await needs.kiosks.admit(signed, at, statements);
  if (!admitted.ok) return admitted;
  return needs.listForks.isKept(admitted.value.results) ? ok(undefined) : err({ reason: 'fork_reports_full' });
}

/** Two contents of one number; or, of trust lists, a next one that does not follow the one that is held. */
function contradicts({ list, version, heldVersion, heldHash, seenHash }: ForkReport): boolean {
  const follows = list === 'trust' && version === heldVersion + 1;
  return heldHash !== seenHash && (version === heldVersion || follows);
}

/** The same for both sides of a fork. */
async function forkIdOf({ list, version, heldHash, seenHash }: ForkReport): Promise<string> {
  const [a, b] = [heldHash, seenHash].sort();
  return encodeHex((await sha256(encodeUtf8(`${list}\0${version}\0${a}\0${b}`))).subarray(0, 8));
}

function bytesOf(text: string): Uint8Array | undefined {
  const bytes = decodeBase64Url(text);
  return bytes.ok ? bytes.value : undefined;
}

const shortOf = (hash: Uint8Array) => encodeHex(hash.subarray(0, 8));
