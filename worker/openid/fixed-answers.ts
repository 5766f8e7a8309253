// Metadata and keys are the same for whoever asks, and asked for by every relying party: answered before the framework, from texts that
// were made once. Whatever is not at hand goes the usual way (routes.ts), which makes it.

import type { IdTokenKeys } from '../issuer/key-ring.ts';
import { discoveryText, paths } from './discovery.ts';

const jwksTexts = new WeakMap<IdTokenKeys, string>();

export function jwksText(keys: IdTokenKeys): string {
  const known = jwksTexts.get(keys);
  if (known !== undefined) return known;
  const text = JSON.stringify({ keys: keys.published.map((key) => key.jwk) });
  jwksTexts.set(keys, text);
  return text;
}

function headersFor(seconds: number): Record<string, string> {
  return {
    'Content-Type': 'application/json',
    'Cache-Control': `public, max-age=${seconds}`,
    'Access-Control-Allow-Origin': '*',
  };
}
const discoveryInit = { headers: headersFor(3600) };
const jwksInit = { headers: headersFor(300) };

type Needs = {
  readonly config: { readonly issuer: string };
  readonly keyRing: { idTokenKeysAtHand(): IdTokenKeys | undefined };
};

/** The answer to a GET of one of them; undefined for any other. `at`: path and query. */
export function fixedAnswer(at: string, needs: () => Needs): Response | undefined {
  switch (at) {
    case paths.discovery:
    case paths.oauthMetadata:
      return new Response(discoveryText(needs().config.issuer), discoveryInit);
    case paths.jwks: {
      const keys = needs().keyRing.idTokenKeysAtHand();
      return keys && new Response(jwksText(keys), jwksInit);
    }
    default:
      return undefined;
  }
}
