// What consent is about, claim by claim: for which purpose, until when, and whether what a person decided before still answers. Pure.

import { encodeBase64Url } from '../../shared/bytes/base64url.ts';
import { encodeUtf8 } from '../../shared/bytes/text.ts';
import { sha256Sync } from '../../shared/crypto/sha256.ts';
import type { Client } from '../clients/client.ts';
import type { ClaimDecision, Consent } from '../store/consents.ts';
import { type AskedClaims, namesOf } from './scopes.ts';

type Purposeful = { readonly policy: Pick<Client['policy'], 'purposes'> };

/** A name's spellings (`name#ar`) are one thing to a person. */
export function plainName(name: string): string {
  return name.split('#')[0] ?? name;
}

/** The names of what is let go, in the order in which it was. */
export function givenNames({ claims }: Pick<Consent, 'claims'>): string[] {
  return Object.entries(claims).flatMap(([name, { given }]) => (given ? [name] : []));
}

export function purposeOf(
  { policy }: Purposeful,
  name: string,
): { readonly ar: string; readonly en: string } | undefined {
  const found = [name, plainName(name)].find((one) => Object.hasOwn(policy.purposes, one));
  return found === undefined ? undefined : policy.purposes[found];
}

/** Stands for the purpose as the person read it: 16 characters; empty where the service gave none. */
export function purposeHash(client: Purposeful, name: string): string {
  const purpose = purposeOf(client, name);
  if (!purpose) return '';
  return encodeBase64Url(sha256Sync(encodeUtf8(JSON.stringify([purpose.ar, purpose.en]))).subarray(0, 12));
}

/** What was decided of this claim for this very purpose; a purpose that changed has not been decided on. */
function decided(consent: Consent | undefined, client: Purposeful, name: string): ClaimDecision | undefined {
  const known = consent && Object.hasOwn(consent.claims, name) ? consent.claims[name] : undefined;
  return known?.why === purposeHash(client, name) ? known : undefined;
}

/** Whether the person lets the client see this, as things stand. */
export function isGiven(consent: Consent | undefined, client: Purposeful, name: string): boolean {
  return decided(consent, client, name)?.given === true;
}

/** The claims that may go without asking; undefined: the person must be asked, since something is new, or is essential and was kept back. */
export function givenBefore(
  consent: Consent | undefined,
  client: Purposeful,
  scopes: readonly string[],
  asked: AskedClaims,
): readonly string[] | undefined {
  if (!consent) return undefined;
  const kept = scopes.filter((scope) => scope === 'openid' || scope === 'offline_access');
  if (!kept.every((scope) => consent.scopes.includes(scope))) return undefined;
  const names = namesOf(asked);
  const answers = names.every((name) => {
    const known = decided(consent, client, name);
    return known !== undefined && (known.given || !isEssential(asked, name));
  });
  return answers ? names.filter((name) => isGiven(consent, client, name)) : undefined;
}

/** Epoch seconds to which a yes that is given now is remembered. */
export function consentUntil(
  now: number,
  { policy }: { readonly policy: Pick<Client['policy'], 'consentDays'> },
): number {
  return now + policy.consentDays * 86_400;
}

/** Epoch seconds to which all of this may be had: each claim has a day of its own, and the first of them counts. */
export function agreedUntil(consent: Consent, names: readonly string[]): number {
  const days = names.flatMap((name) => (Object.hasOwn(consent.claims, name) ? [consent.claims[name]?.until ?? 0] : []));
  return Math.min(consent.expiresAt, ...days);
}

export function isEssential(asked: AskedClaims, name: string): boolean {
  return asked.essential?.includes(name) ?? false;
}

/** One line of the page: a claim under its plain name. */
export type ConsentLine = {
  readonly name: string;
  readonly why: { readonly ar: string; readonly en: string } | null;
  /** The service cannot do without: no box. */
  readonly essential: boolean;
  /** Kept back before, for this very purpose: the box is empty. */
  readonly keptBack: boolean;
};

export function consentLines(
  client: Purposeful,
  asked: AskedClaims,
  before: Consent | undefined,
): readonly ConsentLine[] {
  const names = namesOf(asked);
  return [...new Set(names.map(plainName))].map((plain) => {
    const spellings = names.filter((name) => plainName(name) === plain);
    return {
      name: plain,
      why: purposeOf(client, plain) ?? purposeOf(client, spellings[0] ?? plain) ?? null,
      essential: spellings.some((name) => isEssential(asked, name)),
      keptBack: spellings.some((name) => decided(before, client, name)?.given === false),
    };
  });
}

/** `chosen`: plain names whose box was ticked; null: the answer was to the page as a whole. Whatever is essential goes with the yes. */
export function decisionsOf(
  client: Purposeful,
  asked: AskedClaims,
  chosen: readonly string[] | null,
  time: { readonly at: number; readonly until: number },
): Readonly<Record<string, ClaimDecision>> {
  const lines = new Map(consentLines(client, asked, undefined).map((line) => [line.name, line]));
  const decide = (name: string): ClaimDecision => {
    const plain = plainName(name);
    const given = chosen === null || chosen.includes(plain) || lines.get(plain)?.essential === true;
    return { given, why: purposeHash(client, name), ...time };
  };
  return Object.fromEntries(namesOf(asked).map((name) => [name, decide(name)]));
}

/** What is asked for, less what was kept back. */
export function limitTo(asked: AskedClaims, given: readonly string[]): AskedClaims {
  const only = (names: readonly string[]) => names.filter((name) => given.includes(name));
  const verified = (requests: AskedClaims['verified']['userinfo']) =>
    requests.map((request) => ({
      ...request,
      claims: Object.fromEntries(Object.entries(request.claims).filter(([name]) => given.includes(name))),
    }));
  return {
    idToken: only(asked.idToken),
    userinfo: only(asked.userinfo),
    verified: { idToken: verified(asked.verified.idToken), userinfo: verified(asked.verified.userinfo) },
  };
}
