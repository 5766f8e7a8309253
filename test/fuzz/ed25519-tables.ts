// Ed25519 by tables alone says what node:crypto says, of signatures that are good, nearly good, and anything.
import { generateKeyPairSync, sign } from 'node:crypto';
import fc from 'fast-check';
import { nodeEd25519 } from '../../kiosk/core/verifier/node-ed25519.ts';
import { onlyTables } from '../shared/crypto/only-tables.ts';
import type { FuzzTarget } from './target.ts';

const { publicKey, privateKey } = generateKeyPairSync('ed25519');
const raw = new Uint8Array(publicKey.export({ format: 'der', type: 'spki' }).subarray(-32));
const byTables = await onlyTables.importPublicKey(raw);
const byNode = await nodeEd25519.importPublicKey(raw);
if (byTables === undefined || byNode === undefined) throw new Error('a new key is usable');

const message = fc.uint8Array({ maxLength: 2000 });
const halves = fc.constantFrom('good', 'one byte of it', 'its first half', 'its second half', 'nothing of it');
const other = fc.uint8Array({ minLength: 64, maxLength: 64 });

export const ed25519TableTargets: readonly FuzzTarget[] = [
  {
    name: 'ed25519 tables: the same answer as node:crypto',
    property: fc.property(message, halves, other, fc.nat({ max: 63 }), (over, kept, noise, at) => {
      const signature = new Uint8Array(sign(null, over, privateKey));
      if (kept === 'one byte of it') signature[at] = noise[at] ?? 0;
      if (kept === 'its first half') signature.set(noise.subarray(32), 32);
      if (kept === 'its second half') signature.set(noise.subarray(32));
      if (kept === 'nothing of it') signature.set(noise);
      return onlyTables.verify(byTables, over, signature) === nodeEd25519.verify(byNode, over, signature);
    }),
  },
];
