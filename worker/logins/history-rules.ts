// A person's list of logins, as they look back on it. Pure.

/**
 * For the person's own eyes: where they logged in. `from`: browser and place, coarse; empty when a service asked by itself. What a session
 * answers at one service without the person, again and again, is one row: `session` tells which.
 */
export type PastLogin = {
  readonly at: number;
  readonly clientId: string;
  readonly acr: string;
  readonly from: string;
  readonly session?: string;
};

/** Logins that the person may look back on. */
export const mostHistory = 50;

/**
 * The list with one login more, newest first. `authTime`: of the session that answered. What it answered at the same service since then was
 * not the person's doing: it is one row, so that a service that asks all day pushes nothing out of sight.
 */
export function withPast(history: readonly PastLogin[], past: PastLogin, authTime?: number): readonly PastLogin[] {
  const same = (row: PastLogin) =>
    authTime !== undefined &&
    row.session === past.session &&
    row.clientId === past.clientId &&
    row.acr === past.acr &&
    row.at >= authTime;
  return [past, ...history.filter((row) => !same(row))].slice(0, mostHistory);
}
