// What an ID token can be signed with: one list, for keys, clients, metadata and the simulator. Knows nothing else.

/** The first is the default. */
export const idTokenAlgs = ['ES256', 'EdDSA', 'RS256'] as const;
export type IdTokenAlg = (typeof idTokenAlgs)[number];
