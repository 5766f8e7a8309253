// Levels of assurance and their spellings on the wire. Knows no authenticator.

export const levels = ['low', 'substantial', 'high'] as const;
export type Level = (typeof levels)[number];

/** How an account was activated; `none`: not yet, so it cannot log in anywhere. */
export type IdentityLevel = 'none' | Exclude<Level, 'low'>;

export type Acr = `urn:tawthiq:loa:${Level}`;

export function acrOf(level: Level): Acr {
  return `urn:tawthiq:loa:${level}`;
}

/** Other names of our levels: Regulation (EU) 2015/1502, as eIDAS nodes spell them. */
const aliases: Readonly<Record<string, Level>> = {
  'urn:tawthiq:loa:low': 'low',
  'urn:tawthiq:loa:substantial': 'substantial',
  'urn:tawthiq:loa:high': 'high',
  'http://eidas.europa.eu/LoA/low': 'low',
  'http://eidas.europa.eu/LoA/substantial': 'substantial',
  'http://eidas.europa.eu/LoA/high': 'high',
};

export const acrValuesSupported: readonly string[] = Object.keys(aliases);

/** The level that an acr value names, or undefined for one that is not ours. */
export function levelOfAcr(acr: string): Level | undefined {
  return Object.hasOwn(aliases, acr) ? aliases[acr] : undefined;
}

export function reaches(level: Level, wanted: Level): boolean {
  return levels.indexOf(level) >= levels.indexOf(wanted);
}

/** The lower-of-two rule: a strong key on a weak identity is weak, and the other way round. `null`: no login at all. */
export function loginLevel(authentication: Level, identity: IdentityLevel): Level | null {
  if (identity === 'none') return null;
  return reaches(authentication, identity) ? identity : authentication;
}
