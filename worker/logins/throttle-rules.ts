// How tries that fail slow the next one down, for each authenticator of a person (SP 800-63B-4 §3.2.2). Pure.

/** `count`: tries since the last success, the running one included. `at`: of the last one; absent in early records. */
export type Tries = { readonly count: number; readonly waitUntil: number; readonly at?: number };

export type TryAnswer =
  | { readonly allowed: true }
  | { readonly allowed: false; readonly reason: 'wait' | 'disabled'; readonly waitSeconds: number };

const freeTries = 5;
/** Seconds to wait after the fifth, sixth, … try that failed; the last one stays. */
const waits = [30, 60, 120, 300, 900, 3600] as const;
/** Half of NIST's ceiling of 100: from here the authenticator must be bound anew, for whoever comes from elsewhere than the person does. */
const disabledAt = 50;
/** The other half: tries from each of the networks that the person has logged in from, so that a stranger's guessing locks nobody out. */
export const knownNetworks = { most: 5, disabledAt: 10 } as const;

/** Under which name a try is counted: a network of the person's own counts for itself, all others together. */
export function countOf(authenticator: string, network: string, known: readonly string[]): string {
  return known.includes(network) ? `${authenticator}:${network}` : authenticator;
}

/** After a success: the networks that the person is known to come from, the newest first. */
export function withNetwork(known: readonly string[], network: string): readonly string[] {
  return [network, ...known.filter((one) => one !== network)].slice(0, knownNetworks.most);
}

/**
 * A try is counted when it begins, so that fifty at once are fifty; success sets the count to nothing. Asking again while waiting
 * neither counts nor lengthens the wait: nobody is locked out by somebody's patience.
 */
export function beginTry(
  tries: Tries | undefined,
  now: number,
  most: number = disabledAt,
): { readonly tries: Tries; readonly answer: TryAnswer } {
  const known = tries ?? { count: 0, waitUntil: 0 };
  if (known.count >= most) return { tries: known, answer: { allowed: false, reason: 'disabled', waitSeconds: 0 } };
  if (now < known.waitUntil)
    return { tries: known, answer: { allowed: false, reason: 'wait', waitSeconds: known.waitUntil - now } };
  const count = known.count + 1;
  const wait = count < freeTries ? 0 : (waits[Math.min(count - freeTries, waits.length - 1)] ?? 0);
  return { tries: { count, waitUntil: wait === 0 ? 0 : now + wait, at: now }, answer: { allowed: true } };
}
