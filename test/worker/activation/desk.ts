// A desk as the edge sees one: people in the registry, an operator on duty, fingers on a reader, evidence sealed as the contract says.
import { env, exports } from 'cloudflare:workers';
import { type EpochSeconds, epochSecondsOfMs } from '../../../shared/base/brands.ts';
import { disturb, syntheticFinger } from '../../../shared/biometric/constellation.ts';
import { encodeTemplate } from '../../../shared/biometric/encode-template.ts';
import type { FingerTemplate } from '../../../shared/biometric/template.ts';
import { encodeBase64Url } from '../../../shared/bytes/base64url.ts';
import { encodeUtf8 } from '../../../shared/bytes/text.ts';
import {
  ActivationAnswer,
  type ActivationRequest,
  type Evidence,
  kioskPaths,
  operatorFingerInfo,
  SessionAnswer,
  Sync,
} from '../../../shared/contract/kiosk.ts';
import type { PersonLine } from '../../../shared/contract/registry.ts';
import { sealTo } from '../../../shared/crypto/hpke.ts';
import { randomBytes } from '../../../shared/crypto/random.ts';
import { admin, adminToken, bytesOf } from '../issuer/issuing-edge.ts';
import { ask, newCentre, newKiosk, newOperator, onDuty, type TestKiosk, type Wish } from '../kiosks/test-kiosk.ts';
import { numberOf, personLine } from '../registry/person-lines.ts';

export const now = (): EpochSeconds => epochSecondsOfMs(Date.now());
export const newId = (): string => encodeBase64Url(randomBytes(16));

let people = 5000;

/** A person in the registry; answers the number. */
export async function enrolPerson(more: Partial<PersonLine> = {}): Promise<string> {
  const n = people++;
  const response = await exports.default.fetch(`${env.ISSUER}/v1/admin/people`, {
    method: 'POST',
    headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/x-ndjson' },
    body: `${JSON.stringify(personLine(n, more))}\n`,
  });
  const text = await response.text();
  if (!text.includes('"imported":1')) throw new Error(text);
  return numberOf(n);
}

let impressions = 0;

/** A new impression of the finger that personLine enrolled at this position. */
export function touch(number: string, position = 2): FingerTemplate {
  return disturb(syntheticFinger(`${number}/${position}`), `touch ${impressions++}`);
}

export function templateText(template: FingerTemplate): string {
  const bytes = encodeTemplate(template);
  if (!bytes.ok) throw new Error(bytes.error.reason);
  return encodeBase64Url(bytes.value);
}

type AnyCapture = Evidence['captures'][number];
export type Capture = Extract<AnyCapture, { readonly template: string }>;
export type SealedCapture = Exclude<AnyCapture, Capture>;

export function capture(template: FingerTemplate | string, more: Partial<Capture> = {}): Capture {
  return {
    position: 2,
    template: typeof template === 'string' ? template : templateText(template),
    quality: 80,
    extractor: 'synthetic',
    capturedAt: now(),
    device: { make: 'Test', model: 'Glass', serial: '1' },
    ...more,
  };
}

/** A new impression of a finger that nobody of the registry has. */
export function touchOf(label: string): FingerTemplate {
  return disturb(syntheticFinger(label), `touch ${impressions++}`);
}

export async function fingerCode(operatorId: string): Promise<string> {
  const made = await admin(`/v1/admin/operators/${operatorId}/finger-code`, 'POST');
  if (made.status !== 201) throw new Error(`finger code: ${made.status} ${await made.text()}`);
  return ((await made.json()) as { code: string }).code;
}

/** Three samples of a finger for the operator whose token it is. */
export async function enrolFinger(
  desk: Pick<Desk, 'kiosk' | 'sync'>,
  operatorToken: string,
  code: string,
  captures: readonly object[],
): Promise<Response> {
  const enrolmentId = newId();
  const sealed = await sealTo(bytesOf(desk.sync.evidenceKey.publicKey), encodeUtf8(JSON.stringify({ captures })), {
    info: encodeUtf8(operatorFingerInfo),
    aad: encodeUtf8(enrolmentId),
  });
  const { kid: evidenceKid } = desk.sync.evidenceKey;
  const request = { operatorToken, code, enrolmentId, evidenceKid, evidence: encodeBase64Url(sealed) };
  return ask(desk.kiosk, 'POST', kioskPaths.operatorFingers, request);
}

export async function enrolStaff(
  desk: Pick<Desk, 'kiosk' | 'sync'>,
  operatorId: string,
  operatorToken: string,
  label: string,
): Promise<void> {
  const samples = [0, 1, 2].map(() => capture(touchOf(label)));
  const answer = await enrolFinger(desk, operatorToken, await fingerCode(operatorId), samples);
  if (answer.status !== 200) throw new Error(`enrol finger: ${answer.status} ${await answer.text()}`);
}

/** The smallest bytes that are a JPEG of 8 × 8 to whoever reads its markers. */
export const documentJpeg = Uint8Array.from([
  ...[0xff, 0xd8, 0xff, 0xe0, 0, 16, 74, 70, 73, 70, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0],
  ...[0xff, 0xc0, 0, 11, 8, 0, 8, 0, 8, 1, 1, 0x11, 0],
  ...[0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0, ...new Uint8Array(40).fill(0x55), 0xff, 0xd9],
]);

export type Desk = { readonly kiosk: TestKiosk; readonly operatorToken: string; readonly sync: Sync };

/** Reasons that files other than refusals.test.ts produce; each of them checks that it produced exactly its own. */
export const reasonsProducedBy = {
  minors: [
    'appointment_missing',
    'appointment_elsewhere',
    'appointment_not_now',
    'guardian_missing',
    'guardian_not_related',
    'guardian_not_eligible',
    'guardian_no_match',
  ],
  exceptions: [
    'supervisor_missing',
    'exception_not_justified',
    'supervisor_not_verified',
    'supervisor_no_match',
    'document_photo_missing',
  ],
  patterns: ['own_account', 'finger_of_many', 'operator_finger'],
  recovery: ['nothing_to_recover'],
  sealed: ['reader_not_trusted', 'capture_mismatch', 'capture_unreadable'],
} as const;

/** Sends it and answers the reason of the refusal that must come: kept, with a receipt, and nobody is active by it. */
export async function refusedBy(
  desk: Desk,
  number: string,
  captures: readonly (Capture | SealedCapture)[],
  change: Change = {},
): Promise<string> {
  const answer = await decided(submit(desk, await requestFor(desk, number, captures, change)));
  const kept = await everywhere('SELECT outcome, reason FROM activations WHERE activation_id = ?', answer.activationId);
  const active = await everywhere('SELECT 1 FROM accounts WHERE activation_id = ?', answer.activationId);
  if (answer.outcome !== 'refused' || answer.credential || answer.setup || active.length > 0 || kept.length !== 1)
    throw new Error(`not refused: ${JSON.stringify(answer)}`);
  return kept[0]?.['reason'] === answer.reason ? (answer.reason ?? '') : 'another reason was kept';
}

let operators = 0;

/** Another kiosk with an operator of its own, in a new centre unless one is named. */
export async function newDesk(centreType = 'civil_affairs', centreId?: string): Promise<Desk> {
  const centre = centreId ?? (await newCentre(centreType));
  const kiosk = await newKiosk(centre);
  const username = `operator.${operators++}`;
  await newOperator(centre, username);
  const operatorToken = await onDuty(kiosk, username);
  const sync = Sync.parse(await (await ask(kiosk, 'GET', kioskPaths.sync)).json());
  return { kiosk, operatorToken, sync };
}

export function askSession(desk: Desk, number: string, more: object = {}): Promise<Response> {
  return ask(desk.kiosk, 'POST', kioskPaths.session, { operatorToken: desk.operatorToken, number, ...more });
}

export async function openSession(desk: Desk, number: string): Promise<SessionAnswer> {
  const answer = await askSession(desk, number);
  if (answer.status !== 200) throw new Error(`session: ${answer.status} ${await answer.text()}`);
  return SessionAnswer.parse(await answer.json());
}

export type Change = {
  readonly request?: Partial<ActivationRequest>;
  readonly evidence?: Partial<Evidence>;
  /** The id that the evidence is sealed for, if another. */
  readonly sealedFor?: string;
  /** What is sealed, if no evidence. */
  readonly sealed?: Uint8Array;
  /** Without a session, as after a day without a line. */
  readonly session?: SessionAnswer | undefined;
};

/** The request's bytes, so that it can be sent again as it was. */
export async function requestFor(
  desk: Desk,
  number: string,
  captures: readonly (Capture | SealedCapture)[],
  change: Change = {},
): Promise<Uint8Array> {
  const activationId = change.request?.activationId ?? newId();
  const { session } = change;
  const evidence: Evidence = {
    number,
    captures: [...captures],
    ...(session ? { nonce: session.nonce } : {}),
    ...change.evidence,
  };
  const sealed = await sealTo(
    bytesOf(desk.sync.evidenceKey.publicKey),
    change.sealed ?? encodeUtf8(JSON.stringify(evidence)),
    {
      info: encodeUtf8('tawthiq evidence v1'),
      aad: encodeUtf8(change.sealedFor ?? activationId),
    },
  );
  const request: ActivationRequest = {
    activationId,
    operatorToken: desk.operatorToken,
    recordedAt: now(),
    policyVersion: 1,
    evidenceKid: desk.sync.evidenceKey.kid,
    evidence: encodeBase64Url(sealed),
    ...(session ? { sessionId: session.sessionId } : {}),
    ...change.request,
  };
  return encodeUtf8(JSON.stringify(request));
}

export function submit(desk: Desk, body: Uint8Array, wish: Wish = {}): Promise<Response> {
  return ask(desk.kiosk, 'POST', kioskPaths.activations, body, wish);
}

export async function decided(response: Response | Promise<Response>): Promise<ActivationAnswer> {
  const answer = await response;
  const text = await answer.text();
  if (answer.status !== 200) throw new Error(`activation: ${answer.status} ${text}`);
  return ActivationAnswer.parse(JSON.parse(text));
}

/** Session, one touch of the right index, submitted. */
export async function activate(desk: Desk, number: string): Promise<ActivationAnswer> {
  const session = await openSession(desk, number);
  return decided(submit(desk, await requestFor(desk, number, [capture(touch(number))], { session })));
}

const shards = [env.SHARD_0, env.SHARD_1, env.SHARD_2, env.SHARD_3];

/** The rows of a query over every shard. */
export async function everywhere(sql: string, ...values: unknown[]): Promise<Record<string, unknown>[]> {
  const results = await Promise.all(
    shards.map((shard) =>
      (shard as D1Database)
        .prepare(sql)
        .bind(...values)
        .all(),
    ),
  );
  return results.flatMap(({ results }) => results as Record<string, unknown>[]);
}

export async function execEverywhere(sql: string, ...values: unknown[]): Promise<void> {
  await Promise.all(
    shards.map((shard) =>
      (shard as D1Database)
        .prepare(sql)
        .bind(...values)
        .run(),
    ),
  );
}
