// Where the edge publishes what everybody may fetch: signed, cacheable, without a word about a person. No schema comes with it.

export const publicPaths = {
  trustList: '/v1/trust-list',
  /** With `/` and `rootsId` (shared/trust/root-change.ts) behind it: the list that replaced those roots, kept for ever. */
  rootChange: '/v1/trust-list/after-roots',
  /** The whole list; with a number behind it (`/s3`) the chunk that credentials name. Short, because every credential carries this address in its QR code: a byte is a character and a half. */
  statusList: '/s',
  /** Statuses as kiosks follow them: everything once, then `?after=<sequence>` what changed since. */
  statusSnapshot: '/v1/status/snapshot',
  statusDeltas: '/v1/status/deltas',
} as const;

/** The page where a person uses the one-time code of an activation or a recovery. */
export const setupPath = '/setup';

/**
 * How credentials and the trust list's keys name this authority (CWT `iss`, RFC 8392 §3.1.1). A name, not an address, for the same
 * reason; verifiers compare it with the name that the roots gave the key.
 */
export const credentialIssuer = 'TWQ';
