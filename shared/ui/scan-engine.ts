// What a scan panel needs of a camera and a decoder, whoever brings them: the two houses use different ones.
import type { Result } from '../base/result.ts';

/** Keys of the catalogue's `scanner`, each with a sentence. */
export type CameraProblem = 'denied' | 'noCamera' | 'cameraBusy' | 'cameraFailed' | 'decoderFailed';
export type ImageProblem = 'imageWithoutCode' | 'imageUnreadable' | 'decoderFailed';

export type ScanEngine = {
  /**
   * Shows the camera in `host` and calls `onText` for every code it reads, until the answer's `stop`. `onProblem` tells of
   * a camera that goes away later.
   */
  start(
    host: HTMLElement,
    onText: (text: string) => void,
    onProblem: (problem: CameraProblem) => void,
  ): Promise<Result<{ stop(): void }, CameraProblem>>;
  decodeImage(file: Blob): Promise<Result<string, ImageProblem>>;
};

/** What getUserMedia threw (Media Capture §10.2), as one of ours. */
export function cameraProblemOf(thrown: unknown): CameraProblem {
  const name = thrown instanceof Error || thrown instanceof DOMException ? thrown.name : String(thrown);
  if (/NotAllowed|Security|Permission/.test(name)) return 'denied';
  if (/NotFound|Overconstrained|DevicesNotFound/.test(name)) return 'noCamera';
  if (/NotReadable|Abort|TrackStart/.test(name)) return 'cameraBusy';
  return navigator.mediaDevices === undefined ? 'noCamera' : 'cameraFailed';
}

/** Larger files are refused before they are opened, larger pictures are made smaller: a code of ours never needs more. */
export const maxImageBytes = 20_000_000;
export const maxImageSide = 2_400;
