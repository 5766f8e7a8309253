// The error codes of SBI 0.9.5 and 1.0, and those that MOSIP's mock and devices after it add, as reasons of the kiosk.
import type { ReaderReason } from '../../../../bridge/reasons.ts';

export const sbiErrors: Readonly<Record<string, ReaderReason>> = {
  // the specification's
  100: 'reader_not_registered', // 0.9.5 only
  101: 'finger_not_seen', // no biometric object detected
  102: 'finger_unreadable', // technical error during extraction
  103: 'reader_tampered',
  104: 'reader_management_unreachable',
  105: 'finger_orientation',
  106: 'reader_not_found',
  107: 'reader_key_expired',
  108: 'encryption_key_missing', // the domain's public key
  109: 'request_refused', // number of fingers not supported
  110: 'reader_not_ready',
  111: 'reader_busy',
  112: 'request_refused', // transaction id
  // the request was not to its taste
  113: 'request_refused', // count mismatch
  114: 'request_refused', // device type
  115: 'environment_mismatch',
  116: 'request_refused', // count value
  117: 'request_refused', // exception
  118: 'request_refused', // exception
  119: 'request_refused', // subtype
  120: 'request_refused', // type and device id
  121: 'purpose_mismatch',
  122: 'request_refused', // subtype or exception and type
  123: 'request_refused', // not JSON
  202: 'reader_not_found', // STREAM: no device connected
  500: 'reader_unsupported', // unknown verb or path
  501: 'request_refused', // discovery type
  502: 'request_refused', // discovery type
  503: 'reader_not_found',
  504: 'request_refused', // admin: status
  505: 'request_refused', // admin: score
  506: 'request_refused', // admin: delay
  507: 'request_refused', // admin: methods
  551: 'reader_not_ready', // profile not set
  // live view
  601: 'purpose_mismatch', // none for Auth
  604: 'request_refused', // device id missing
  605: 'reader_not_found', // not connected
  606: 'purpose_mismatch',
  607: 'reader_busy', // or not ready
  608: 'finger_not_seen', // no image
  609: 'capture_timeout',
  610: 'reader_failed',
  // RCAPTURE
  700: 'capture_cancelled', // live view stopped
  701: 'capture_timeout',
  702: 'request_refused', // another device than the live view's
  703: 'reader_busy',
  704: 'reader_failed',
  705: 'reader_failed',
  706: 'reader_failed',
  707: 'reader_failed',
  708: 'reader_failed',
  709: 'reader_failed',
  710: 'reader_failed',
  // CAPTURE
  800: 'reader_failed',
  801: 'capture_timeout',
  803: 'reader_busy',
  804: 'purpose_mismatch',
  805: 'purpose_mismatch',
  806: 'purpose_mismatch',
  809: 'purpose_mismatch',
  810: 'reader_failed',
  999: 'reader_failed',
};

/** For any code but "0". A device may have codes of its own. */
export function sbiReason(code: string): ReaderReason {
  return (Object.hasOwn(sbiErrors, code) ? sbiErrors[code] : undefined) ?? 'reader_failed';
}
