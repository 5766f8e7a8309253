// What online verification keeps in the isolate, put together once: callers, lists, receipt key, replay memory, journal.
import type { EpochSeconds } from '../../shared/base/brands.ts';
import type { Signer } from '../../shared/cose/sign1.ts';
import { type ReplayMemory, replayMemory } from '../../shared/credential/replay.ts';
import { type Ed25519, webEd25519 } from '../../shared/crypto/ed25519.ts';
import { LeasedLimit } from '../http/leased-limit.ts';
import type { AccessTokenNeeds } from './access-token.ts';
import { AnsweredBefore, type AnsweredParts } from './answered-before.ts';
import { type BusinessObject, businessSlices } from './business.ts';
import { type CallerSource, Callers } from './callers.ts';
import { edgeEd25519 } from './edge-ed25519.ts';
import { JournalBatch, type JournalSink } from './journal-batch.ts';
import { Lists, type PublishedFiles } from './lists.ts';
import { OnlineChunks } from './online-chunks.ts';
import { HeldSigner } from './receipt.ts';
import { ShowingBatch, type ShowingSink } from './showing-batch.ts';

export type Verification = {
  readonly callers: Callers;
  readonly accessTokens: AccessTokenNeeds;
  readonly lists: Lists;
  readonly onlineChunks: OnlineChunks;
  readonly signer: HeldSigner;
  readonly journal: JournalBatch;
  readonly showings: ShowingBatch;
  readonly rate: LeasedLimit;
  readonly answered: AnsweredBefore;
  readonly replay: ReplayMemory;
  readonly ed25519: Ed25519;
  readonly statusListUri: string;
};

export type VerificationParts = {
  readonly callers: CallerSource;
  readonly accessTokens: Omit<AccessTokenNeeds, 'callers' | 'now'>;
  readonly files: PublishedFiles;
  readonly trustRoots: readonly Uint8Array[];
  readonly statusListUri: string;
  readonly receiptSigner: () => Promise<Signer>;
  readonly journal: JournalSink;
  readonly showings: ShowingSink;
  /** The object that a business shares with others, by the business's id. */
  readonly businesses: (id: string) => BusinessObject;
  readonly answers: Pick<AnsweredParts, 'seal' | 'open'>;
  readonly now: () => EpochSeconds;
  readonly nowMs: () => number;
};

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

export function createVerification(parts: VerificationParts): Verification {
  const { now, nowMs, files, statusListUri } = parts;
  const roots = parts.trustRoots.map((x) => ({ curve: 'Ed25519', x }) as const);
  const callers = new Callers(parts.callers, nowMs);
  return {
    callers,
    accessTokens: { ...parts.accessTokens, callers, now },
    onlineChunks: new OnlineChunks({ files, statusListUri, ed25519: webEd25519, nowMs, now }),
    lists: new Lists({ files, roots, statusListUri, ed25519: webEd25519, nowMs, now }),
    signer: new HeldSigner(parts.receiptSigner, nowMs),
    journal: new JournalBatch(parts.journal, pause),
    showings: new ShowingBatch(parts.showings, pause),
    rate: new LeasedLimit(parts.businesses, nowMs, businessSlices),
    answered: new AnsweredBefore({ ...parts.answers, objects: parts.businesses, nowMs }),
    replay: replayMemory(),
    ed25519: edgeEd25519,
    statusListUri,
  };
}
