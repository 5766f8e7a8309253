// What a person's first number login at a service asks of the platform, request by request. A test counts it at the bindings
// (test/worker/openid/number-login-acts.test.ts); the bench prints what so much costs in a Worker that does nothing else.

/**
 * `object`: a Durable Object is made and keeps its first row. `row`: a call to one that is there and writes. `call`: one that only
 * reads. `read`: one query of D1. `batch`: two writes of D1 in one trip.
 */
export type PlatformAct = 'object' | 'row' | 'call' | 'read' | 'batch';

/** Twelve requests, in their order. The acts of one are in no order: some run side by side. */
export const numberLoginActs = {
  authorize: [],
  page: [],
  style: [],
  number_typed: ['read', 'object', 'row'],
  number_page: ['call'],
  script: [],
  events: ['call'],
  wallet_looks: ['read', 'call'],
  wallet_answers: ['read', 'row', 'call'],
  consent_page: ['call', 'read'],
  consent_given: ['call', 'batch', 'row', 'row'],
  tokens: ['row'],
} as const satisfies Readonly<Record<string, readonly PlatformAct[]>>;
