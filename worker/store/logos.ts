// Relying parties' logos in R2, each under the hash of its bytes: what is there never changes. Public pictures, nothing personal.
import { type Logo, type LogoType, logoTypes } from '../clients/logo.ts';

const place = 'clients/logos/';

export class Logos {
  readonly #files: R2Bucket;
  constructor(files: R2Bucket) {
    this.#files = files;
  }

  async put(logo: Logo, bytes: Uint8Array): Promise<void> {
    await this.#files.put(place + logo.sha256, bytes, { httpMetadata: { contentType: logo.type } });
  }

  async find(sha256: string): Promise<{ readonly type: LogoType; readonly bytes: ArrayBuffer } | undefined> {
    if (!/^[A-Za-z0-9_-]{43}$/.test(sha256)) return undefined;
    const file = await this.#files.get(place + sha256);
    const type = logoTypes.find((one) => one === file?.httpMetadata?.contentType);
    return file && type ? { type, bytes: await file.arrayBuffer() } : undefined;
  }
}
