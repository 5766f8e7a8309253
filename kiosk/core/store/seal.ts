// Sealed columns: AES-256-GCM, one data key a kiosk, each blob bound to its table, row and column. Synchronous, so that a
// whole act fits in one SQLite transaction. Blob: version (1) | key id (8) | iv (12) | ciphertext | tag (16).
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';

const version = 1;
const keyIdLength = 8;
const ivLength = 12;
const tagLength = 16;
const headerLength = 1 + keyIdLength + ivLength;

/** Which cell a blob belongs to; it cannot be opened as another. */
export type Cell = { readonly table: string; readonly row: string; readonly column: string };

export type Sealer = {
  seal(plain: Uint8Array, cell: Cell): Uint8Array;
  /** Throws on a blob that was not sealed by this key for this cell: the disk was tampered with or is broken. */
  open(sealed: Uint8Array, cell: Cell): Uint8Array;
  sealText(text: string, cell: Cell): Uint8Array;
  openText(sealed: Uint8Array, cell: Cell): string;
};

/** `key`: 32 bytes. */
export function sealerOf(key: Uint8Array): Sealer {
  const keyId = createHash('sha256').update('tawthiq key id v1').update(key).digest().subarray(0, keyIdLength);
  const seal = (plain: Uint8Array, cell: Cell) => {
    const header = Buffer.concat([Buffer.of(version), keyId, randomBytes(ivLength)]);
    const cipher = createCipheriv('aes-256-gcm', key, header.subarray(1 + keyIdLength));
    cipher.setAAD(additionalData(header, cell));
    return Buffer.concat([header, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  };
  const open = (sealed: Uint8Array, cell: Cell) => {
    if (sealed.length < headerLength + tagLength || sealed[0] !== version)
      throw new Error(`malformed sealed ${cell.table}.${cell.column}`);
    const header = sealed.subarray(0, headerLength);
    const end = sealed.length - tagLength;
    const iv = header.subarray(1 + keyIdLength);
    const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: tagLength });
    decipher.setAAD(additionalData(header, cell)).setAuthTag(sealed.subarray(end));
    return Buffer.concat([decipher.update(sealed.subarray(headerLength, end)), decipher.final()]);
  };
  return {
    seal,
    open,
    sealText: (text, cell) => seal(Buffer.from(text), cell),
    openText: (sealed, cell) => Buffer.from(open(sealed, cell)).toString('utf8'),
  };
}

function additionalData(header: Uint8Array, cell: Cell): Uint8Array {
  // No part may hold the separator: rows are ids of this program, tables and columns its own names.
  return Buffer.concat([
    header.subarray(0, 1 + keyIdLength),
    Buffer.from([cell.table, cell.row, cell.column].join('\0')),
  ]);
}
