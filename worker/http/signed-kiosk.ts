// The door of every route that a kiosk signs: the body within its limit, and whose key signed it (RFC 9421). Whether that kiosk is
// welcome, and the nonce new, is decided in the same batch as the act (worker/store/kiosks.ts admit).
import type { Context } from 'hono';
import { createMiddleware } from 'hono/factory';
import { exhaustive } from '../../shared/base/exhaustive.ts';
import type { RequestSignatureError } from '../../shared/http-signature/verify-request.ts';
import type { AppEnv } from '../app.ts';
import type { Deps } from '../deps.ts';
import { type IncomingRequest, verifyKioskRequest } from '../kiosks/verify-kiosk-request.ts';
import type { SignedBy } from '../store/kiosks.ts';
import { readBody } from './body.ts';
import { problem } from './problem.ts';

/** Routes behind kioskSignature find `c.var.signed` and the raw body: `new Hono<KioskEnv>()`. */
export type KioskEnv = {
  Bindings: AppEnv['Bindings'];
  Variables: AppEnv['Variables'] & { signed: SignedBy; body: Uint8Array };
};

export function incomingOf(c: Context, body: Uint8Array): IncomingRequest {
  const { pathname, search } = new URL(c.req.url);
  return { method: c.req.method, target: pathname + search, headers: c.req.raw.headers, body };
}

/** 401 with the reason of a signature that does not hold; nothing was done. */
export function kioskSignature(maxBytes: number) {
  return createMiddleware<KioskEnv>(async (c, next) => {
    const body = await readBody(c, maxBytes);
    if (!body.ok) return body.response;
    const { kiosks, config, now } = c.var.deps;
    const signed = await verifyKioskRequest({ kiosks, issuer: config.issuer, now }, incomingOf(c, body.bytes));
    if (!signed.ok) return signatureProblem(c, c.var.deps, signed.error.reason);
    c.set('signed', signed.value);
    c.set('body', body.bytes);
    return next();
  });
}

/** `Date` tells a kiosk whose clock was refused what time it is here. */
export function signatureProblem(
  c: Context,
  { now, config }: Pick<Deps, 'now' | 'config'>,
  reason: RequestSignatureError['reason'],
): Response {
  const date = new Date(now() * 1000).toUTCString();
  const { issuer } = config;
  return problem(c, { status: 401, reason, title: titleOf(reason, issuer), headers: { Date: date } });
}

function titleOf(reason: RequestSignatureError['reason'], issuer: string): string {
  switch (reason) {
    case 'signature_missing':
      return 'Sign the request (RFC 9421)';
    case 'signature_malformed':
      return 'The signature fields do not read';
    case 'tag_wrong':
      return 'No signature carries the tag of kiosks';
    case 'component_missing':
      return 'The signature must cover method, target and content digest';
    case 'digest_mismatch':
      return 'The body is not the one that was signed';
    case 'created_out_of_window':
      return 'The clock of the kiosk is too far from ours';
    case 'key_unknown':
      return 'No kiosk has this key id';
    case 'signature_wrong':
      return `The signature does not hold for a request to ${issuer}`;
    default:
      return exhaustive(reason);
  }
}

const admissionProblems = {
  nonce_replayed: { status: 401, title: 'This signed request was seen before: sign it anew' },
  kiosk_revoked: { status: 403, title: 'This kiosk is revoked' },
  kiosk_unknown: { status: 401, title: 'This kiosk is not enrolled' },
} as const;

export function admissionProblem(c: Context, reason: keyof typeof admissionProblems): Response {
  return problem(c, { ...admissionProblems[reason], reason });
}
