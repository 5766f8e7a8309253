// A kiosk as the edge sees one: a key, an invitation spent over HTTP, signed requests; with knobs to sign them wrongly.
import { env, exports } from 'cloudflare:workers';
import { type EpochSeconds, epochSecondsOfMs } from '../../../shared/base/brands.ts';
import { encodeBase64Url } from '../../../shared/bytes/base64url.ts';
import { encodeUtf8 } from '../../../shared/bytes/text.ts';
import { parseInvitation } from '../../../shared/contract/invitation.ts';
import { kioskPaths, kioskSignatureTag } from '../../../shared/contract/kiosk.ts';
import { type Ed25519KeyPair, generateEd25519, signEd25519 } from '../../../shared/crypto/ed25519.ts';
import { randomBytes } from '../../../shared/crypto/random.ts';
import { signRequest } from '../../../shared/http-signature/sign-request.ts';
import { admin } from '../issuer/issuing-edge.ts';

export const operatorPassword = 'a long operator password';

export type Wish = {
  readonly keyid?: string;
  readonly created?: number;
  readonly nonce?: string;
  readonly tag?: string;
  readonly by?: Ed25519KeyPair;
  /** What is signed, if not what is sent. */
  readonly signedBody?: Uint8Array;
  readonly signedUrl?: string;
};

export type TestKiosk = { readonly id: string; readonly key: Ed25519KeyPair; readonly centreId: string };

async function created(path: string, body: unknown): Promise<Record<string, string>> {
  const answer = await admin(path, 'POST', body);
  if (answer.status !== 201) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as Record<string, string>;
}

export async function newCentre(type = 'civil_affairs'): Promise<string> {
  return (await created('/v1/admin/centres', { name: { ar: 'مركز', en: 'Centre' }, type }))['id'] ?? '';
}

export async function newInvitation(centreId: string): Promise<{ kioskId: string; code: string; roots: string }> {
  const { invitation, kioskId } = await created('/v1/admin/kiosks/invitations', { centreId, name: 'Desk 1' });
  const parsed = parseInvitation(invitation ?? '');
  if (!parsed.ok || !kioskId) throw new Error('the invitation does not read');
  return { kioskId, ...parsed.value };
}

export async function newOperator(centreId: string, username: string, role = 'operator'): Promise<string> {
  const name = { ar: 'موظف', en: 'Operator' };
  return (
    (await created('/v1/admin/operators', { username, name, role, centreId, password: operatorPassword }))['id'] ?? ''
  );
}

/** Sends a request signed by `key` under `keyid`. */
export async function send(
  key: Ed25519KeyPair,
  keyid: string,
  method: string,
  path: string,
  json?: unknown,
  wish: Wish = {},
): Promise<Response> {
  const url = env.ISSUER + path;
  const body = json === undefined ? undefined : json instanceof Uint8Array ? json : encodeUtf8(JSON.stringify(json));
  const signedBody = wish.signedBody ?? body;
  const headers = await signRequest(
    { method, url: wish.signedUrl ?? url, ...(signedBody ? { body: signedBody } : {}) },
    {
      keyid: wish.keyid ?? keyid,
      created: (wish.created ?? epochSecondsOfMs(Date.now())) as EpochSeconds,
      nonce: wish.nonce ?? encodeBase64Url(randomBytes(16)),
      tag: wish.tag ?? kioskSignatureTag,
      sign: (message) => signEd25519((wish.by ?? key).privateKey, message),
    },
  );
  return exports.default.fetch(url, {
    method,
    headers: { ...headers, ...(body ? { 'content-type': 'application/json' } : {}) },
    ...(body ? { body: body as Uint8Array<ArrayBuffer> } : {}),
  });
}

export function ask(
  kiosk: TestKiosk,
  method: string,
  path: string,
  json?: unknown,
  wish: Wish = {},
): Promise<Response> {
  return send(kiosk.key, kiosk.id, method, path, json, wish);
}

export function enrol(key: Ed25519KeyPair, code: string, wish: Wish = {}): Promise<Response> {
  const publicKey = encodeBase64Url(key.publicRaw);
  return send(key, publicKey, 'POST', kioskPaths.enrol, { code, publicKey, software: 'test 1' }, wish);
}

export async function newKiosk(centreId: string): Promise<TestKiosk> {
  const key = await generateEd25519({ extractable: false });
  const { code } = await newInvitation(centreId);
  const answer = await enrol(key, code);
  if (answer.status !== 200) throw new Error(`enrol: ${answer.status} ${await answer.text()}`);
  const { kioskId } = (await answer.json()) as { kioskId: string };
  return { id: kioskId, key, centreId };
}

export async function onDuty(kiosk: TestKiosk, username: string): Promise<string> {
  const answer = await ask(kiosk, 'POST', kioskPaths.operatorLogin, { username, password: operatorPassword });
  if (answer.status !== 200) throw new Error(`login: ${answer.status} ${await answer.text()}`);
  return ((await answer.json()) as { operatorToken: string }).operatorToken;
}

/** Status and reason of an answer that should be a problem. */
export async function refusal(answer: Response | Promise<Response>): Promise<readonly [number, string]> {
  const { status, ...rest } = { status: (await answer).status, text: await (await answer).text() };
  return [status, rest.text === '' ? '' : ((JSON.parse(rest.text) as { reason?: string }).reason ?? '')];
}
