// A small authority for tests: two roots, issuing keys, a trust list, a status list, and one person who does not exist.

import { nodeEd25519 } from '../../../kiosk/core/verifier/node-ed25519.ts';
import { type EpochSeconds, epochSeconds } from '../../../shared/base/brands.ts';
import { type CoseKey, kidOf } from '../../../shared/cose/key.ts';
import { ed25519Signer, type Signer } from '../../../shared/cose/sign1.ts';
import type { VerifyInputs } from '../../../shared/credential/checks/work.ts';
import type { IdentityClaims } from '../../../shared/credential/claims.ts';
import { DEFAULT_POLICY } from '../../../shared/credential/policy.ts';
import { issueStatic, type StaticCredential, type StaticRequest } from '../../../shared/credential/static.ts';
import { generateEd25519 } from '../../../shared/crypto/ed25519.ts';
import { StatusBitmap } from '../../../shared/trust/status-bitmap.ts';
import { StatusLists } from '../../../shared/trust/status-source.ts';
import {
  signTrustList,
  type TrustKey,
  type TrustList,
  type TrustListContent,
  verifyTrustList,
} from '../../../shared/trust/trust-list.ts';
import { type TrustView, trustView } from '../../../shared/trust/trust-view.ts';

export const NOW = epochSeconds(1_790_000_000);
export const DAY = 86_400;
export const ISSUER = 'TWQ';
export const STATUS_URI = 'https://id.example/status/1';

export function at(offsetSeconds: number): EpochSeconds {
  return epochSeconds(NOW + offsetSeconds);
}

export type Authority = { readonly key: CoseKey; readonly signer: Signer; readonly privateKey: CryptoKey };

export async function authority(): Promise<Authority> {
  const pair = await generateEd25519({ extractable: true });
  const key: CoseKey = { curve: 'Ed25519', x: pair.publicRaw };
  return { key, signer: ed25519Signer(pair.privateKey, kidOf(key)), privateKey: pair.privateKey as CryptoKey };
}

export function listedKey(key: CoseKey, changes: Partial<TrustKey> = {}): Omit<TrustKey, 'kid'> {
  return {
    issuer: ISSUER,
    key,
    usableFrom: at(-400 * DAY),
    signUntil: at(100 * DAY),
    acceptUntil: at(2000 * DAY),
    purposes: ['credential', 'status'],
    state: 'active',
    compromisedAt: undefined,
    ...changes,
  };
}

export const PERSON: IdentityClaims = {
  id: '123456789012',
  nameLatin: 'Abdullah Al-Qahtani',
  birthDate: '1990-05-15',
  gender: 'male',
  nationality: 'SAU',
};

/**
 * What the lengths of codes are measured on: a ten-digit number, a name of 20 characters, birth date, gender, nationality; an index that
 * needs five bytes, as fifteen of sixteen do, in the second list of an authority with an address of 18 characters.
 */
export const CONTENT = {
  claims: { ...PERSON, id: '1234567890', nameLatin: 'Abdulrahman Alqahtan' },
  index: 1_000_000,
  uri: 'https://id.example/s1',
};

/** A face of this many bytes: noise, so that nothing about its size is luck. */
export function noiseFace(length: number): NonNullable<IdentityClaims['face']> {
  let state = 1;
  const bytes = Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return state >>> 24;
  });
  return { bytes, format: 'webp' };
}

export type World = {
  readonly roots: readonly [Authority, Authority];
  readonly issuer: Authority;
  readonly list: TrustList;
  readonly trust: TrustView;
  readonly bitmap: StatusBitmap;
  readonly status: StatusLists;
  readonly inputs: VerifyInputs;
};

export function content(world: { roots: readonly Authority[] }, changes: Partial<TrustListContent>): TrustListContent {
  return {
    issuer: ISSUER,
    version: 1,
    issuedAt: at(-3600),
    expiresAt: at(30 * DAY),
    prevHash: new Uint8Array(32),
    roots: world.roots.map((root) => root.key),
    keys: [],
    ...changes,
  };
}

export async function makeWorld(
  changes: Partial<TrustKey> = {},
  listChanges: Partial<TrustListContent> = {},
): Promise<World> {
  const roots = [await authority(), await authority()] as const;
  const issuer = await authority();
  const made = content({ roots }, { keys: [listedKey(issuer.key, changes)], ...listChanges });
  const bytes = await signTrustList(made, [roots[0].signer]);
  const rootKeys = roots.map((root) => root.key);
  const list = await verifyTrustList(bytes, { roots: rootKeys, now: NOW, ed25519: nodeEd25519 });
  if (!list.ok) throw new Error(list.error.reason);
  const trust = trustView(list.value);
  const bitmap = StatusBitmap.empty(2, 1000);
  const status = new StatusLists();
  status.put({ uri: STATUS_URI, issuedAt: at(-600), expiresAt: at(DAY), ttlSeconds: 900, bitmap });
  const inputs: VerifyInputs = {
    trust,
    status,
    now: NOW,
    context: 'counter',
    policy: DEFAULT_POLICY,
    ed25519: nodeEd25519,
  };
  return { roots, issuer, list: list.value, trust, bitmap, status, inputs };
}

export async function issueS(
  world: World,
  changes: Partial<StaticRequest> = {},
  by = world.issuer,
): Promise<StaticCredential> {
  const request: StaticRequest = {
    claims: PERSON,
    issuer: ISSUER,
    statusUri: STATUS_URI,
    statusIndex: 7,
    issuedAt: at(-DAY),
    expiresAt: at(365 * DAY),
    ...changes,
  };
  const issued = await issueStatic(request, by.signer);
  if (!issued.ok) throw new Error(issued.error.reason);
  return issued.value;
}
