// The list of login requests that a person's wallet shows: short, fair, and never a way to keep the person out. Pure.

export type LiveRequest = {
  /** The login's id: the wallet answers to it. */
  readonly txn: string;
  readonly clientId: string;
  /** Where the page was opened, coarse (network and place): groups what one stranger asks. */
  readonly network: string;
  readonly at: number;
  readonly expiresAt: number;
  /** Shown to the person as it is. */
  readonly clientName: { readonly ar: string; readonly en: string };
  readonly purpose: string;
  readonly from: string;
  readonly digits: 2 | 6;
  readonly acr: string;
  /** False: it is listed when the wallet is opened, but nothing is pushed. */
  readonly pushed: boolean;
};

export const mostLiveRequests = 8;
/** Pushes in ten minutes, whoever asks; after that the wallet is silent until it is opened. */
const pushBudget = { count: 5, seconds: 600 } as const;

/**
 * Adds a request. One network has one live request at a client: its next one takes the place of the one before. When the list is
 * full, the oldest of whichever client fills it most goes, so that a flood through one client displaces itself and nobody else.
 */
export function addRequest(
  list: readonly LiveRequest[],
  recentPushes: readonly number[],
  request: Omit<LiveRequest, 'pushed'>,
): { readonly list: readonly LiveRequest[]; readonly pushes: readonly number[] } {
  const pushes = recentPushes.filter((at) => at > request.at - pushBudget.seconds);
  const pushed = pushes.length < pushBudget.count;
  const others = list.filter(
    (live) => live.expiresAt > request.at && !(live.clientId === request.clientId && live.network === request.network),
  );
  while (others.length >= mostLiveRequests) others.splice(indexOfNextToGo(others), 1);
  return { list: [...others, { ...request, pushed }], pushes: pushed ? [...pushes, request.at] : pushes };
}

/** Where a request came from that the person did not make. */
export type Mute = { readonly network: string; readonly until: number };

/**
 * Seconds for which nothing more is listed from where a request came that the person reported: short enough that somebody behind the
 * same address is kept from nothing but the number (a scan and a passkey go on), long enough to tire whoever asks.
 */
export const muteSeconds = 1800;

/** "Not me": what else waits is over, and where it came from is not heard for a while. The other requests are answered for the logins. */
export function reportRequest(
  list: readonly LiveRequest[],
  mutes: readonly Mute[],
  txn: string,
  now: number,
): { readonly others: readonly string[]; readonly mutes: readonly Mute[] } {
  const network = list.find((live) => live.txn === txn)?.network;
  const kept = mutes.filter((mute) => mute.until > now && mute.network !== network);
  return {
    others: liveAt(list, now)
      .map((live) => live.txn)
      .filter((other) => other !== txn),
    mutes: network === undefined ? kept : [...kept, { network, until: now + muteSeconds }].slice(-16),
  };
}

export function isMuted(mutes: readonly Mute[], network: string, now: number): boolean {
  return mutes.some((mute) => mute.network === network && mute.until > now);
}

function indexOfNextToGo(list: readonly LiveRequest[]): number {
  const counts = new Map<string, number>();
  for (const { clientId } of list) counts.set(clientId, (counts.get(clientId) ?? 0) + 1);
  let best = 0;
  for (let i = 1; i < list.length; i++) {
    const [a, b] = [list[best], list[i]];
    if (!a || !b) continue;
    const more = (counts.get(b.clientId) ?? 0) - (counts.get(a.clientId) ?? 0);
    if (more > 0 || (more === 0 && b.at < a.at)) best = i;
  }
  return best;
}

export function liveAt(list: readonly LiveRequest[], now: number): readonly LiveRequest[] {
  return list.filter((live) => live.expiresAt > now);
}
