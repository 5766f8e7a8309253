// Where the edge publishes what everybody may fetch: signed, cacheable, without a word about a person. No schema comes with it.

export const publicPaths = { trustList: '/v1/trust-list', statusList: '/v1/status-list' } as const;
