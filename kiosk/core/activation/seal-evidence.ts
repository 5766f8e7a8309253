// Turns captures into evidence that only the edge can open, bound to its one activation. Knows no store and no network.
import { decodeBase64Url, encodeBase64Url } from '../../../shared/bytes/base64url.ts';
import { ActivationRequest, type Evidence, type Sync } from '../../../shared/contract/kiosk.ts';
import { sealTo } from '../../../shared/crypto/hpke.ts';
import type { Activation, KeptCapture } from './activation.ts';

const info = 'tawthiq evidence v1';

/**
 * The request exactly as it will be sent and kept. HPKE (RFC 9180) to `evidenceKey`, aad = the activation id's ASCII. The
 * plain JSON is overwritten before this returns; the captures themselves are the caller's to forget.
 */
export async function sealEvidence(
  activation: Activation,
  evidenceKey: Sync['evidenceKey'],
  recordedAt: number,
): Promise<Uint8Array> {
  const { guardian, exception, document } = activation;
  const evidence: Evidence = {
    number: activation.number,
    ...(activation.session ? { nonce: activation.session.nonce } : {}),
    captures: written(activation.kept),
    ...(guardian ? { guardian: { number: guardian.number, captures: written(guardian.kept) } } : {}),
    ...(exception
      ? {
          exception: {
            ...{ reason: exception.reason, tries: exception.tries, documentChecked: true as const },
            supervisor: { captures: written(exception.supervisor.kept) },
            ...(document ? { document: { jpeg: encodeBase64Url(document) } } : {}),
          },
        }
      : {}),
  };
  const sealed = await sealForEdge(evidence, evidenceKey, info, activation.id);
  const request = ActivationRequest.parse({
    activationId: activation.id,
    operatorToken: activation.operatorToken,
    ...(exception ? { supervisorToken: exception.supervisorToken } : {}),
    ...(activation.session ? { sessionId: activation.session.sessionId } : {}),
    ...(activation.purpose ? { purpose: activation.purpose } : {}),
    recordedAt,
    policyVersion: activation.session?.policyVersion ?? activation.policy.version,
    evidenceKid: evidenceKey.kid,
    evidence: encodeBase64Url(sealed),
  } satisfies ActivationRequest);
  return new TextEncoder().encode(JSON.stringify(request));
}

/** JSON sealed to the edge (RFC 9180) for the act that `id` names; the plain bytes are overwritten before this returns. */
export async function sealForEdge(
  plainText: object,
  evidenceKey: Sync['evidenceKey'],
  info: string,
  id: string,
): Promise<Uint8Array> {
  // SECURITY: JavaScript strings cannot be overwritten; this one lives until the next collection and goes nowhere else.
  const plain = new TextEncoder().encode(JSON.stringify(plainText));
  const receiver = decodeBase64Url(evidenceKey.publicKey);
  if (!receiver.ok) throw new TypeError('the evidence key was not checked before it was kept');
  const encoder = new TextEncoder();
  try {
    return await sealTo(receiver.value, plain, { info: encoder.encode(info), aad: encoder.encode(id) });
  } finally {
    plain.fill(0);
  }
}

/** Captures as evidence has them. */
export function written(kept: readonly KeptCapture[]): Evidence['captures'] {
  return kept.map(({ template, extractor, sealed, ...capture }) => {
    const text = encodeBase64Url(template);
    return sealed ? { ...capture, kind: 'sbi_sealed', bundle: text } : { ...capture, extractor, template: text };
  });
}
