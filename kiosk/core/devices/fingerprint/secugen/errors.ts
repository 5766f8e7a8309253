// The error codes of SecuGen's WebAPI service, as reasons of the kiosk.
import type { ReaderReason } from '../../../../bridge/reasons.ts';

export const secugenErrors: Readonly<Record<number, ReaderReason>> = {
  51: 'reader_driver_missing', // system file load
  52: 'reader_failed', // sensor chip initialisation
  53: 'reader_not_found',
  54: 'capture_timeout',
  55: 'reader_not_found', // no device
  56: 'reader_driver_missing', // driver load
  57: 'finger_unreadable', // wrong image
  58: 'reader_failed', // lack of bandwidth
  59: 'reader_busy',
  60: 'reader_failed', // cannot get the serial number
  61: 'reader_unsupported',
  63: 'reader_not_ready', // the service did not start
};

/** Codes that are not in the published list: a licence refusal is in the ten thousands, the rest is the device's own. */
export function secugenReason(code: number): ReaderReason {
  return secugenErrors[code] ?? (code >= 10_000 ? 'reader_licence_refused' : 'reader_failed');
}
