// Codes with a photo, as whole HTTP requests of many businesses, and an edge that knows their issuer.
import type { EpochSeconds } from '../../shared/base/brands.ts';
import { encodeBase64Url } from '../../shared/bytes/base64url.ts';
import { credentialIssuer, publicPaths } from '../../shared/contract/public-paths.ts';
import { maxBatchCodes, verifyBatchPath, verifyPath } from '../../shared/contract/verify.ts';
import { kidOf } from '../../shared/cose/key.ts';
import { ed25519Signer } from '../../shared/cose/sign1.ts';
import { issueStatic } from '../../shared/credential/static.ts';
import { generateEd25519 } from '../../shared/crypto/ed25519.ts';
import { AdminClient } from '../../worker/local/admin-client.ts';
import type { LocalSecrets } from '../../worker/local/secrets.ts';
import { makeTrustList, type PublishedKey } from '../../worker/local/trust-ceremony.ts';

/** As many as no limit of one of them gets in the way of a fast machine. */
const businesses = 100;
const credentials = maxBatchCodes;

export type VerifyRequests = {
  /** One code each. */
  readonly single: readonly string[];
  /** All codes at once, by each business in its turn. */
  readonly batch: readonly string[];
};

/** Sets the edge up to know the bench's issuer and its businesses, and makes the requests to it. */
export async function verifyRequests(url: string, secrets: LocalSecrets): Promise<VerifyRequests> {
  const api = new AdminClient(url, secrets.adminToken);
  for (const purpose of ['receipt', 'status']) await api.call('POST', '/v1/admin/keys', { purpose });
  const { keys } = (await api.call('GET', '/v1/admin/keys')) as { keys: PublishedKey[] };
  const now = Math.floor(Date.now() / 1000) as EpochSeconds;
  // The bench's own issuing key, in the list that the roots sign: the edge keeps its private keys to itself.
  const pair = await generateEd25519({ extractable: false });
  const dates = { usableFrom: now - 100, signUntil: now + 1e6, acceptUntil: now + 1e6 };
  const issuing = { purpose: 'credential', alg: 'EdDSA', publicKey: encodeBase64Url(pair.publicRaw), ...dates };
  const list = await makeTrustList({
    issuer: url,
    version: 1,
    prevHash: new Uint8Array(32),
    roots: secrets.roots,
    keys: [...keys, issuing],
    now,
    validSeconds: 86_400,
  });
  await api.call('PUT', '/v1/admin/trust-list', list, 'application/octet-stream');
  await api.call('POST', '/v1/admin/status-list/publish');
  const apiKeys: string[] = [];
  for (let i = 0; i < businesses; i++) {
    const name = { ar: `ميزان ${i}`, en: `Bench ${i}` };
    apiKeys.push(((await api.call('POST', '/v1/admin/verifiers', { name })) as { apiKey: string }).apiKey);
  }
  const signer = ed25519Signer(pair.privateKey, kidOf({ curve: 'Ed25519', x: pair.publicRaw }));
  const codes: string[] = [];
  for (let i = 0; i < credentials; i++) {
    const face = { bytes: crypto.getRandomValues(new Uint8Array(500)), format: 'webp' as const };
    const issued = await issueStatic(
      {
        claims: { id: '1012345672', nameArabic: 'نورة سالم', nameLatin: 'Nora Salem', birthDate: '1990-02-03', face },
        issuer: credentialIssuer,
        statusUri: url + publicPaths.statusList,
        statusIndex: 1000 + i,
        issuedAt: now,
        expiresAt: (now + 86_400) as EpochSeconds,
      },
      signer,
    );
    if (!issued.ok) throw new Error(issued.error.reason);
    codes.push(issued.value.text);
  }
  const asked = codes.map((text) => ({ text, context: 'counter' }));
  const post = (at: string, apiKey: string, body: unknown) => {
    const text = JSON.stringify(body);
    const head = [
      `POST ${at} HTTP/1.1`,
      `Host: ${new URL(url).host}`,
      `Authorization: Bearer ${apiKey}`,
      'Content-Type: application/json',
      `Content-Length: ${Buffer.byteLength(text)}`,
    ];
    return `${head.join('\r\n')}\r\n\r\n${text}`;
  };
  await mustBeAccepted(url + verifyPath, apiKeys[0] ?? '', asked[0]);
  return {
    single: asked.map((code, i) => post(verifyPath, apiKeys[i % businesses] ?? '', code)),
    batch: apiKeys.map((apiKey) => post(verifyBatchPath, apiKey, { codes: asked })),
  };
}

async function mustBeAccepted(address: string, apiKey: string, body: unknown): Promise<void> {
  const headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' };
  const probe = await fetch(address, { method: 'POST', headers, body: JSON.stringify(body) });
  const answer = await probe.text();
  if (!answer.includes('"accepted"')) throw new Error(`the bench's code is not accepted: ${probe.status} ${answer}`);
}
