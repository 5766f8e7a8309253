// Addresses as a proxy's header may hold them: any text, and addresses in every spelling.
import fc from 'fast-check';
import { parseNetwork } from '../../worker/http/network.ts';

const text = fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(...'0123456789abcdef:.,% ') }), fc.ipV4Extended());

/** No throw; a network is three numbers, whatever was said. */
export const anyAddress = fc.property(text, (address) => {
  const network = parseNetwork(address);
  return network === undefined || /^(\d{1,3}(\.\d{1,3}){2}|[0-9a-f]{1,4}(:[0-9a-f]{1,4}){2})$/.test(network);
});

/** Real addresses are of a network, and are so in upper case and written out. */
export const realAddress = fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (address) => {
  const network = parseNetwork(address);
  return network !== undefined && parseNetwork(address.toUpperCase()) === network;
});

export const networkTargets = [
  { name: 'network: any text', property: anyAddress },
  { name: 'network: real addresses', property: realAddress },
];
