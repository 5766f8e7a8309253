// The same code at the edge and at a kiosk without a line: the same verdict, by the same check, whatever is wrong with it.
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type EpochSeconds, epochSeconds } from '../../shared/base/brands.ts';
import { decodeBase45, encodeBase45 } from '../../shared/bytes/base45.ts';
import { encodeBase64Url } from '../../shared/bytes/base64url.ts';
import { inflateZlib } from '../../shared/bytes/inflate.ts';
import { zlibStored } from '../../shared/bytes/zlib-stored.ts';
import { credentialIssuer, publicPaths } from '../../shared/contract/public-paths.ts';
import { type VerifyAnswer, type VerifyContext, verifyPath } from '../../shared/contract/verify.ts';
import { kidOf } from '../../shared/cose/key.ts';
import { ed25519Signer, type Signer } from '../../shared/cose/sign1.ts';
import { issueAgePass, issueBound } from '../../shared/credential/bound.ts';
import { issueStatic } from '../../shared/credential/static.ts';
import { showCredential } from '../../shared/credential/token.ts';
import { generateEd25519 } from '../../shared/crypto/ed25519.ts';
import { trustListName } from '../../shared/trust/trust-list.ts';
import { AdminClient } from '../../worker/local/admin-client.ts';
import { demoPeople, demoPerson } from '../../worker/local/population/demo-people.ts';
import { seedLines } from '../../worker/local/population/seed-lines.ts';
import { demoStaff, setUpNetwork } from '../../worker/local/set-up.ts';
import { makeTrustList, type PublishedKey } from '../../worker/local/trust-ceremony.ts';
import { type Stage, setStage } from '../demo/stage.ts';

const day = 86_400;
const now = epochSeconds(Math.floor(Date.now() / 1000));
const after = (seconds: number) => epochSeconds(now + seconds);

let stage: Stage;
let businessKey: string;
/** Of a person who was activated, and whose credential was revoked then. */
let revokedText: string;
let issuer: Signer;
const pair = await generateEd25519({ extractable: false });
const holderPair = await generateEd25519({ extractable: false });
const holder = ed25519Signer(holderPair.privateKey);
const holderKey = { curve: 'Ed25519', x: holderPair.publicRaw } as const;

beforeAll(async () => {
  stage = await setStage();
  const { calls, edge, secrets, serviceUrl } = stage;
  const setUp = await setUpNetwork({ edgeUrl: edge.url, secrets, serviceUrl, people: 0, log: () => {} });
  businessKey = setUp.verifier.key;
  const api = new AdminClient(edge.url, secrets.adminToken);
  await api.importPeople(seedLines({ people: demoPeople.length }));
  await calls.must('kiosk.enrol', { invitation: setUp.invitation, edge: edge.url });
  await calls.must('sync.now', {});
  const [operator] = demoStaff;
  await calls.must('operator.login', { username: operator?.username ?? '', password: operator?.password ?? '' });
  await stage.layFinger({ id: 'noura' });
  const activated = await calls.activate(demoPerson('noura').number);
  if (activated.outcome !== 'activated') throw new Error(activated.outcome);
  revokedText = activated.credential?.text ?? '';
  const which = { number: demoPerson('noura').number };
  await api.call('POST', '/v1/admin/credentials/revoke', { which, reason: 'lost' });
  // The test's own issuing key, in the list that the roots sign: what it signs may be anything.
  const list = new Uint8Array(await (await fetch(edge.url + publicPaths.trustList)).arrayBuffer());
  const current = trustListName(list);
  const { keys } = (await api.call('GET', '/v1/admin/keys')) as { keys: PublishedKey[] };
  const dates = { usableFrom: now - 400 * day, signUntil: now + day, acceptUntil: now + day };
  const own = { purpose: 'credential', alg: 'EdDSA', publicKey: encodeBase64Url(pair.publicRaw), ...dates };
  const next = await makeTrustList({
    ...{ issuer: edge.url, roots: secrets.roots, keys: [...keys, own], now, validSeconds: day },
    ...{ version: (current?.version ?? 0) + 1, prevHash: current?.hash ?? new Uint8Array(32) },
  });
  await api.call('PUT', '/v1/admin/trust-list', next, 'application/octet-stream');
  await api.call('POST', '/v1/admin/status-list/publish');
  issuer = ed25519Signer(pair.privateKey, kidOf({ curve: 'Ed25519', x: pair.publicRaw }));
  await calls.must('sync.now', {});
  // The edge's isolate reads new lists within ten seconds: until it knows the test's key.
  const known = await aStatic({});
  while ((await atEdge(known, 'counter')).outcome !== 'accepted') await setTimeout(500);
  // From here on the kiosk has nobody to ask.
  stage.line.cut();
});

afterAll(() => stage?.close());

const claims = { id: '1012345672', nameArabic: 'نورة سالم', nameLatin: 'Nora Salem', birthDate: '1990-02-03' } as const;
let nextIndex = 20_000;
const face = { bytes: crypto.getRandomValues(new Uint8Array(300)), format: 'webp' } as const;
const issuedAt = after(-day / 2);
const statusUri = () => stage.edge.url + publicPaths.statusList;
const status = () => ({ uri: statusUri(), index: nextIndex++ });

async function aStatic(
  change: { readonly expiresAt?: EpochSeconds; readonly statusUri?: string; readonly face?: undefined },
  by = issuer,
): Promise<string> {
  const request = {
    claims: 'face' in change ? claims : { ...claims, face },
    ...{ issuer: credentialIssuer, statusUri: statusUri(), statusIndex: nextIndex++, issuedAt, expiresAt: after(day) },
    ...('face' in change ? {} : change),
  };
  const issued = await issueStatic(request, by);
  if (!issued.ok) throw new Error(issued.error.reason);
  return issued.value.text;
}

async function aFrame(at: EpochSeconds, by: Signer = holder, audience?: string): Promise<string> {
  const bound = await issueBound(
    { claims, issuer: credentialIssuer, subject: 's', holderKey, status: status(), issuedAt, expiresAt: after(day) },
    issuer,
  );
  if (!bound.ok) throw new Error(bound.error.reason);
  const challenge = audience && { challenge: { audience, cnonce: new Uint8Array(16) } };
  return showCredential({ cose: bound.value.cose, now: at, ...(challenge || {}) }, by);
}

async function aPass(ageAtLeast: number): Promise<string> {
  const request = { ageAtLeast, issuer: credentialIssuer, holderKey, issuedAt, expiresAt: after(day) };
  const pass = await issueAgePass(request, issuer);
  if (!pass.ok) throw new Error(pass.error.reason);
  return showCredential({ cose: pass.value.cose, now: clock() }, holder);
}

const clock = () => epochSeconds(Math.floor(Date.now() / 1000));
const stranger = async () => {
  const { privateKey, publicRaw } = await generateEd25519({ extractable: false });
  return ed25519Signer(privateKey, kidOf({ curve: 'Ed25519', x: publicRaw }));
};
/** A bit of the signature, under the compression. */
function damaged(text: string): string {
  const packed = decodeBase45(text);
  const cose = packed.ok ? inflateZlib(packed.value, { maxBytes: 4096 }) : packed;
  if (!cose.ok) throw new Error(cose.error.reason);
  const bytes = Uint8Array.from(cose.value);
  bytes[bytes.length - 9] = (bytes.at(-9) ?? 0) ^ 1;
  return encodeBase45(zlibStored(bytes));
}

async function atEdge(text: string, context: VerifyContext): Promise<VerifyAnswer['verdict']> {
  const headers = { Authorization: `Bearer ${businessKey}`, 'Content-Type': 'application/json' };
  const body = JSON.stringify({ text, context });
  const answer = await fetch(stage.edge.url + verifyPath, { method: 'POST', headers, body });
  if (!answer.ok) throw new Error(`${verifyPath} answered ${answer.status}`);
  return ((await answer.json()) as VerifyAnswer).verdict;
}

type Scene = readonly [what: string, code: () => Promise<string>, verdict: string, context: VerifyContext];
const scenes: readonly Scene[] = [
  ['a copy on paper', () => aStatic({}), 'accepted', 'counter'],
  ['a copy at a gate', () => aStatic({}), 'accepted', 'gate'],
  ['a changed copy', async () => damaged(await aStatic({})), 'rejected issuer_signature', 'counter'],
  ['a copy that a stranger signed', async () => aStatic({}, await stranger()), 'rejected issuer_known', 'counter'],
  ['an expired copy', () => aStatic({ expiresAt: after(-60) }), 'rejected not_expired', 'counter'],
  ['a revoked copy', async () => revokedText, 'rejected not_revoked', 'counter'],
  [
    'a copy whose statuses nobody has',
    () => aStatic({ statusUri: 'https://x.example/s' }),
    'undecided status_list_at_hand',
    'counter',
  ],
  ['a phone’s fresh frame', () => aFrame(clock()), 'accepted', 'counter'],
  ['a phone’s frame at a gate', () => aFrame(clock()), 'accepted', 'gate'],
  ['yesterday’s frame', () => aFrame(after(-day / 4)), 'rejected frame_fresh', 'counter'],
  ['a frame by another key', async () => aFrame(clock(), await stranger()), 'rejected holder_signature', 'counter'],
  ['a frame for somebody else', () => aFrame(clock(), holder, 'another'), 'rejected for_this_verifier', 'counter'],
  ['an age pass', () => aPass(18), 'accepted', 'age'],
  ['an age pass at a counter', () => aPass(18), 'rejected pass_for_age', 'counter'],
  ['a pass for a child', () => aPass(7), 'rejected old_enough', 'age'],
  ['a copy at a border', () => aStatic({}), 'rejected usable_in_context', 'border'],
  ['any text', async () => 'https://example.com', 'rejected base45_well_formed', 'counter'],
];

it.each(scenes)('%s', async (_what, code, expected, context) => {
  const text = await code();
  const kiosk = (await stage.calls.must('verifier.check', { text, context })).verdict;
  const edge = await atEdge(text, context);
  const said = ({ outcome, check }: { outcome: string; check?: string | undefined }) =>
    check === undefined ? outcome : `${outcome} ${check}`;
  expect([said(kiosk), said(edge)]).toEqual([expected, expected]);
});
