// Properties of a file of sealed roots: anything is read within its limits or refused by name, before any work is done for it.
import fc from 'fast-check';
import { parseSealed, SealedRootsError, sealRoots } from '../../worker/local/sealed-roots.ts';

const key = Buffer.alloc(32, 7).toString('base64url');
const whole = sealRoots({ root: {} }, [key], 'any passphrase at all', 2 ** 14);

/** What it may cost to open is never more than a gigabyte. */
function holds(json: unknown): boolean {
  try {
    const { kdf, sealed } = parseSealed(json, 'file');
    return kdf.N * kdf.r * 128 <= 2 ** 30 && Buffer.from(sealed, 'base64url').length > 16;
  } catch (error) {
    return error instanceof SealedRootsError && /^file is not a file of sealed root keys: /.test(error.message);
  }
}

const anyMember = fc.oneof(fc.jsonValue(), fc.base64String(), fc.constantFrom<unknown>(...Object.values(whole)));
const anything = fc.oneof(fc.jsonValue(), fc.dictionary(fc.constantFrom(...Object.keys(whole)), anyMember));
const otherCost = fc
  .tuple(fc.constantFrom('name', 'N', 'r', 'p', 'salt'), fc.oneof(fc.jsonValue(), fc.integer(), fc.double()))
  .map(([name, value]) => ({ ...whole, kdf: { ...whole.kdf, [name]: value } }));
const otherMember = fc
  .tuple(fc.constantFrom(...Object.keys(whole)), anyMember)
  .map(([name, value]) => ({ ...whole, [name]: value }));

export const sealedRootTargets = [
  {
    name: 'sealed roots: anything is read within its limits or refused by name',
    property: fc.property(fc.oneof(anything, otherCost, otherMember), holds),
  },
] as const;
