// The list of login requests that a person's wallet shows: short, fair, and never a way to keep the person out. Pure.

export type LiveRequest = {
  /** The login's id: the wallet answers to it. */
  readonly txn: string;
  readonly clientId: string;
  /** Whence it was asked: a page's network, or {@link serviceNetwork}. Groups what one stranger asks. */
  readonly network: string;
  readonly at: number;
  readonly expiresAt: number;
  /** Shown to the person as it is. */
  readonly clientName: { readonly ar: string; readonly en: string };
  /** A path at the edge. */
  readonly clientLogo?: string;
  readonly purpose: string;
  readonly from: string;
  readonly digits: 2 | 6;
  readonly acr: string;
  /** True: it is listed when the wallet is opened, and the wallet does not call for attention. */
  readonly quiet: boolean;
};

export const mostLiveRequests = 8;
/** Requests in ten minutes that call for attention, whoever asks; after that the wallet is quiet. */
export const alertBudget = { count: 5, seconds: 600 } as const;

const servicePrefix = 'service:';
/**
 * Whence a service asks by itself (CIBA): all that come through it look alike, its machine's address says nothing of who is behind them, and
 * many services may share one. So it is grouped by the service.
 */
export function serviceNetwork(clientId: string): string {
  return servicePrefix + clientId;
}

/** Live requests from one place at one client. A service's own may be of several people, one of whom is the right one. */
function mostFrom(network: string): number {
  return network.startsWith(servicePrefix) ? 3 : 1;
}

/**
 * Adds a request. One network has one live request at a client, a service by itself three: the next one takes the place of the oldest. When
 * the list is full, the oldest of whichever client fills it most goes, so that a flood through one client displaces itself and nobody else.
 */
export function addRequest(
  list: readonly LiveRequest[],
  recentAlerts: readonly number[],
  request: Omit<LiveRequest, 'quiet'>,
): { readonly list: readonly LiveRequest[]; readonly alerts: readonly number[] } {
  const alerts = recentAlerts.filter((at) => at > request.at - alertBudget.seconds);
  const quiet = alerts.length >= alertBudget.count;
  const live = list.filter(({ expiresAt }) => expiresAt > request.at);
  const alike = live.filter(({ clientId, network }) => clientId === request.clientId && network === request.network);
  const leaving = new Set(alike.slice(0, Math.max(0, alike.length + 1 - mostFrom(request.network))));
  const others = live.filter((one) => !leaving.has(one));
  while (others.length >= mostLiveRequests) others.splice(indexOfNextToGo(others), 1);
  return { list: [...others, { ...request, quiet }], alerts: quiet ? alerts : [...alerts, request.at] };
}

/** Where a request came from that the person did not make. */
export type Mute = { readonly network: string; readonly until: number };

/**
 * Seconds for which nothing more is listed from where a request came that the person reported: short enough that somebody behind the
 * same address is kept from nothing but the number (a scan and a passkey go on), long enough to tire whoever asks.
 */
export const muteSeconds = 1800;
/** A service by itself is many people: it is not heard for shorter, and its limits go on (backchannel/ask-person.ts). */
export const serviceMuteSeconds = 600;

/** "Not me": what else waits is over, and where it came from is not heard for a while. The other requests are answered for the logins. */
export function reportRequest(
  list: readonly LiveRequest[],
  mutes: readonly Mute[],
  txn: string,
  now: number,
): { readonly others: readonly string[]; readonly mutes: readonly Mute[] } {
  const network = list.find((live) => live.txn === txn)?.network;
  const kept = mutes.filter((mute) => mute.until > now && mute.network !== network);
  const seconds = network?.startsWith(servicePrefix) ? serviceMuteSeconds : muteSeconds;
  return {
    others: liveAt(list, now)
      .map((live) => live.txn)
      .filter((other) => other !== txn),
    mutes: network === undefined ? kept : [...kept, { network, until: now + seconds }].slice(-16),
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
