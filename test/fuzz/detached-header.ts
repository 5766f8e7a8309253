// Properties of a signed list's detached header: any bytes are read or refused, what is detached is read back, one change is no crash.
import fc from 'fast-check';
import { encodeCbor } from '../../shared/cbor/encode.ts';
import { kidOf } from '../../shared/cose/key.ts';
import { ed25519Signer, signSign1 } from '../../shared/cose/sign1.ts';
import { generateEd25519 } from '../../shared/crypto/ed25519.ts';
import { detachPayload, maxDetachedHeaderBytes, readDetachedHeader } from '../../shared/trust/detached-header.ts';
import { SNAPSHOT_TYPE } from '../../shared/trust/status-snapshot.ts';

const pair = await generateEd25519({ extractable: false });
const signer = ed25519Signer(pair.privateKey, kidOf({ curve: 'Ed25519', x: pair.publicRaw }));
const file = await signSign1(encodeCbor(['a payload']), signer, { typ: SNAPSHOT_TYPE });
const header = detachPayload(file) ?? new Uint8Array();

const isValue = (bytes: Uint8Array): boolean => {
  const read = readDetachedHeader(bytes);
  return read.ok
    ? bytes.length <= maxDetachedHeaderBytes && read.value.kids.length <= 4
    : read.error.reason === 'detached_header_malformed';
};

const anyBytesHold = fc.property(fc.uint8Array({ maxLength: 1100 }), (bytes) => {
  const detached = detachPayload(bytes);
  return isValue(bytes) && (detached === undefined || detached.length <= maxDetachedHeaderBytes);
});
const changedHold = fc.property(fc.nat(file.length - 1), fc.nat(255), (at, to) => {
  const changed = Uint8Array.from(file);
  changed[at] = to;
  const detached = detachPayload(changed);
  return detached === undefined || isValue(detached);
});
const changedHeadersHold = fc.property(fc.nat(header.length - 1), fc.nat(255), (at, to) => {
  const changed = Uint8Array.from(header);
  changed[at] = to;
  return isValue(changed);
});

export const detachedHeaderTargets = [
  { name: 'detached-header.bytes', property: anyBytesHold },
  { name: 'detached-header.files', property: changedHold },
  { name: 'detached-header.headers', property: changedHeadersHold },
] as const;
