// Where a login page was opened, as far as the edge sees it: for the person to judge, and to group what one stranger asks.

import { networkOf } from '../../http/network.ts';

export type SeenFrom = {
  /** City, country and browser, at most 120 characters; empty parts are left out. */
  readonly from: string;
  /** A name for the network, kept for minutes: /24 or /48, hashed. */
  readonly network: string;
};

const browsers: readonly (readonly [RegExp, string])[] = [
  [/Edg\//, 'Edge'],
  [/SamsungBrowser\//, 'Samsung Internet'],
  [/OPR\//, 'Opera'],
  [/Firefox\//, 'Firefox'],
  [/Chrome\//, 'Chrome'],
  [/Safari\//, 'Safari'],
];

/** `header`: where the caller's address is (`Config.clientAddressHeader`). */
export function seenFrom(request: Request, header: string): SeenFrom {
  const cf = (request as { cf?: { city?: unknown; country?: unknown } }).cf;
  const place = [cf?.city, cf?.country].filter((part) => typeof part === 'string' && part !== '');
  const agent = request.headers.get('user-agent') ?? '';
  const browser = browsers.find(([pattern]) => pattern.test(agent))?.[1];
  return {
    from: [place.join(', '), browser ?? '']
      .filter((part) => part !== '')
      .join(' · ')
      .slice(0, 120),
    network: networkOf(request, header),
  };
}
