import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeHex } from '../../../shared/bytes/hex.ts';
import { decodeCbor } from '../../../shared/cbor/decode.ts';
import { encodeCbor } from '../../../shared/cbor/encode.ts';
import { kidOf } from '../../../shared/cose/key.ts';
import { signSign1 } from '../../../shared/cose/sign1.ts';
import { detachPayload, maxDetachedHeaderBytes, readDetachedHeader } from '../../../shared/trust/detached-header.ts';
import { SNAPSHOT_TYPE } from '../../../shared/trust/status-snapshot.ts';
import { signTrustList } from '../../../shared/trust/trust-list.ts';
import { detachedHeaderTargets } from '../../fuzz/detached-header.ts';
import { authority, content, listedKey } from '../credential/world.ts';

const [rootA, rootB] = await Promise.all([authority(), authority()]);
const list = content({ roots: [rootA, rootB] }, { keys: [listedKey(rootA.key)] });
const kid = (key: Parameters<typeof kidOf>[0]) => encodeHex(kidOf(key));

const plain = encodeCbor([1]);
const malformed = [
  ['no COSE message', encodeCbor([1, 2, 3, 4])],
  ['a payload still in it', await signTrustList(list, [rootA.signer])],
  ['another kind of file', detachPayload(await signSign1(plain, rootA.signer, { typ: 'text/plain' }))],
  ['no kind at all', detachPayload(await signSign1(plain, rootA.signer))],
  ['nothing', new Uint8Array()],
] as const;

describe('the detached header of a signed list', () => {
  it('names the list and who signed it, and nothing of the content is in it', async () => {
    const file = await signTrustList(list, [rootA.signer, rootB.signer]);
    const header = detachPayload(file);
    expect(readDetachedHeader(header ?? new Uint8Array())).toEqual({
      ok: true,
      value: { list: 'trust', kids: [kid(rootA.key), kid(rootB.key)] },
    });
    expect(Buffer.from(header ?? []).includes(Buffer.from(list.issuer))).toBe(false);
    expect(header?.length).toBeLessThan(300);
  });

  it('of a status snapshot is told from that of a trust list', async () => {
    const file = await signSign1(encodeCbor([1]), rootA.signer, { typ: SNAPSHOT_TYPE });
    expect(readDetachedHeader(detachPayload(file) ?? new Uint8Array())).toEqual({
      ok: true,
      value: { list: 'status', kids: [kid(rootA.key)] },
    });
  });

  it.each(malformed)('is malformed with %s', (_what, bytes) => {
    expect(readDetachedHeader(bytes ?? new Uint8Array())).toEqual({
      ok: false,
      error: { reason: 'detached_header_malformed' },
    });
  });

  it('that is longer than any of ours is not made and not read', async () => {
    const header = new Map([[-70000, new Uint8Array(maxDetachedHeaderBytes)]]);
    const file = await signSign1(encodeCbor([1]), rootA.signer, { typ: SNAPSHOT_TYPE, header });
    expect(detachPayload(file)).toBeUndefined();
    const decoded = decodeCbor(file);
    if (!decoded.ok) throw new Error(decoded.error.reason);
    const { tag, value } = decoded.value as {
      tag: number;
      value: [Uint8Array, Map<never, never>, unknown, Uint8Array];
    };
    const [protectedBytes, unprotected, , signature] = value;
    const detached = encodeCbor({ tag, value: [protectedBytes, unprotected, null, signature] });
    expect(readDetachedHeader(detached).ok).toBe(false);
  });

  it.each(detachedHeaderTargets)('$name holds', ({ property }) => {
    fc.assert(property as fc.IRawProperty<unknown>, { numRuns: 500 });
  });
});
