// Requests that nobody meant: words, bodies, types, addresses. Knows no route; many have the names and the types that ours read.
import fc from 'fast-check';
import { inject } from 'vitest';
import { encodeUtf8 } from '../../../shared/bytes/text.ts';

/** A file's part of the routes, by whom they serve. */
export type Part = 'authority' | 'devices' | 'services';

/** Drawn once: drawing JSON anew costs more than the edge takes to answer it. */
const poolSize = Math.min(Math.max(5_000, inject('routeCases')), 20_000);
const pool = <T>(drawn: fc.Arbitrary<T>) => fc.constantFrom(...fc.sample(drawn, poolSize));

/** Names that our shapes know, so that random objects get past the first door now and then. */
const names =
  'number name username password code setupCode text context activationId evidence centreId keys scope client_id grant_type codes act walletId at signature reason state decision operatorToken operatorToken sessionId purpose guardian date slot';
const word = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc.constantFrom(
    ...['1000000016', '__proto__', '../..', '\u0000', '٣', 'true', 'authorization_code', 'AAAAAAAAAAAAAAAAAAAAAA'],
    ...['password', 'number', 'consent', 'cancel', 'counter', 'lost', 'active', '1', 'TWQ1:ABC'],
    // Replaced by the token of an operator on duty.
    ...['ON-DUTY', 'ON-DUTY'],
  ),
);
const known = fc.constantFrom(...names.split(' '));
const json = fc.oneof(
  fc.dictionary(fc.oneof(known, fc.string({ maxLength: 10 })), fc.oneof(word, fc.jsonValue()), { maxKeys: 8 }),
  fc.jsonValue({ maxDepth: 4 }),
);
/** `length`: as clients say it; without, the body comes in pieces, and nobody knows how many. */
export type Sent = { readonly type: string; readonly data: string | Uint8Array; readonly length: string | undefined };
const jsonTexts = json.map((value) => ({ type: 'application/json', data: JSON.stringify(value) }));
const forms = fc
  .array(fc.tuple(fc.oneof(known, word), word), { maxLength: 8 })
  .map((pairs) => ({ type: 'application/x-www-form-urlencoded', data: new URLSearchParams(pairs).toString() }));
const types = ['application/json', 'application/x-ndjson', 'application/octet-stream', 'text/plain', ''];
const others = fc.record({ type: fc.constantFrom(...types), data: fc.uint8Array() });

/** Bodies for a part: mostly of the type that its routes read; some with the token of an operator on duty. */
export function bodies(part: Part, operatorToken: string): fc.Arbitrary<Sent> {
  const [jsons, forms_] = part === 'services' ? [3, 4] : [6, 1];
  const any = fc.oneof(
    { weight: jsons, arbitrary: jsonTexts },
    { weight: forms_, arbitrary: forms },
    { weight: 1, arbitrary: others },
  );
  return pool(
    fc.tuple(any, fc.nat({ max: 7 })).map(([sent, eighth]): Sent => {
      const data = typeof sent.data === 'string' ? sent.data.replaceAll('ON-DUTY', operatorToken) : sent.data;
      const bytes = typeof data === 'string' ? encodeUtf8(data) : data;
      return { type: sent.type, data, length: eighth === 0 ? undefined : String(bytes.length) };
    }),
  );
}

/** What the forms of our pages may ask for. */
const acts =
  'number password passkey consent cancel scan again end-session withdraw withdraw-claim remove rename add recovery-codes user-code remove-user-code';

/** What a proxy says of a caller: many networks, so that few meet a limit of theirs. */
const address = fc.oneof(
  { weight: 9, arbitrary: fc.oneof(fc.ipV4(), fc.ipV6()) },
  { weight: 1, arbitrary: fc.string({ unit: fc.constantFrom(...'0123456789abcdef:., '), maxLength: 60 }) },
);

/** A word as itself and in a query, and an address: encoding them anew for each request costs more than routing it. */
export const texts = (operatorToken: string) =>
  pool(
    fc.tuple(word, word, address, fc.constantFrom(...acts.split(' '))).map(([id, name, from, act]) => ({
      id: encodeURIComponent(id.replaceAll('ON-DUTY', operatorToken)),
      query: new URLSearchParams({ [name.slice(0, 10) || 'q']: id }).toString(),
      from,
      act,
    })),
  );
