// From a setting's text to a driver: `secugen:URL`, or `sbi:FILE` with a settings file.
import type { FingerprintDriver } from './driver.ts';
import { sbiDriver } from './sbi/driver.ts';
import { readSbiSettings } from './sbi/settings.ts';
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
    case 'sbi':
      return sbiDriver(readSbiSettings(where));
    default:
      return undefined;
  }
}
