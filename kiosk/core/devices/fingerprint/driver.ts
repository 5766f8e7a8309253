// What every fingerprint reader looks like to the kiosk: find it, ask it, capture. Knows no vendor, no person and no edge.
import type { Result } from '../../../../shared/base/result.ts';
import type { ReaderReason } from '../../../bridge/reasons.ts';

/** Why a reader gave nothing. `code`: the vendor's own, for the log. */
export type ReaderError = { readonly reason: ReaderReason; readonly code?: string };

/** As the edge is told in the evidence. */
export type DeviceIdentity = { readonly make: string; readonly model: string; readonly serial: string };

export type ReaderInfo = DeviceIdentity & {
  readonly driver: string;
  /** How this driver tells its devices apart; opaque to others. */
  readonly id: string;
  readonly status: 'ready' | 'busy' | 'not_ready' | 'not_registered';
  /** How many fingers that lie beside each other it sees in one capture; absent: one. */
  readonly fingersAtOnce?: number;
};

export type CaptureRequest = {
  /** ISO/IEC 19794-2 codes asked for, 0 any finger; a driver may give them in one go or one by one. */
  readonly positions: readonly number[];
  /** 0 to 100. The reader keeps looking until the quality is reached, and gives its best frame at the time limit. */
  readonly minQuality: number;
  readonly timeoutMs: number;
  /** What a capture that is sealed for the edge is for: 1 to 33 of `A-Za-z0-9-`. The reader signs it, and a part of its own after it. */
  readonly transaction?: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: (step: 'waiting_for_finger' | 'reading') => void;
};

/** One finger. The bytes are the caller's: it must overwrite them as soon as they are sealed. */
export type Captured = {
  readonly position: number;
  readonly quality: number;
  readonly device: DeviceIdentity;
  /** 0 to 100, where the reader looks for fakes. */
  readonly liveness?: number;
} & (
  | { readonly kind: 'template'; readonly template: Uint8Array; readonly extractor: string }
  /** ISO/IEC 19794-4 record, or an encrypted one that only the edge can open. */
  | { readonly kind: 'image'; readonly image: Uint8Array; readonly encrypted: boolean }
);

export type FingerprintDriver = {
  readonly name: string;
  /** The readers there are now. None is an empty list, not an error. */
  discover(signal?: AbortSignal): Promise<Result<readonly ReaderInfo[], ReaderError>>;
  info(id: string, signal?: AbortSignal): Promise<Result<ReaderInfo, ReaderError>>;
  /** One capture at a time. Refuses whatever does not hold together; what it gives has been parsed, not believed. */
  capture(id: string, request: CaptureRequest): Promise<Result<readonly Captured[], ReaderError>>;
};
