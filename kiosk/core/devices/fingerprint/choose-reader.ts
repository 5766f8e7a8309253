// From a setting's text to a driver: `secugen:URL`.
import type { FingerprintDriver } from './driver.ts';
import { secugenDriver } from './secugen/driver.ts';

/** undefined: no such reader. `pin`: SHA-256 of the service's certificate, 64 hex digits. */
export function readerOf(text: string, pin: string | undefined): FingerprintDriver | undefined {
  if (pin !== undefined && !/^[0-9a-f]{64}$/i.test(pin)) return undefined;
  const [, kind, where = ''] = /^(\w+):(.*)$/.exec(text) ?? [];
  switch (kind) {
    case 'secugen':
      return URL.canParse(where)
        ? secugenDriver({ url: where, ...(pin ? { pinnedCertificate: Buffer.from(pin, 'hex') } : {}) })
        : undefined;
    default:
      return undefined;
  }
}
