// One question to a reader's local service: any verb, limits on time and size, cancellable. Knows no protocol above HTTP.
import { createHash, timingSafeEqual } from 'node:crypto';
import http from 'node:http';
import https from 'node:https';
import type { TLSSocket } from 'node:tls';
import { err, ok, type Result } from '../../../../shared/base/result.ts';
import type { ReaderError } from './driver.ts';

export type Question = {
  /** http on loopback, or https. */
  readonly url: string;
  readonly method: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly maxBytes: number;
  readonly signal?: AbortSignal;
  /** SHA-256 of the service's DER certificate. Services sign their own: nothing but this one certificate is trusted. */
  readonly pinnedCertificate?: Uint8Array;
};

const loopbackHosts = ['127.0.0.1', 'localhost', '[::1]'];

/**
 * The answer's body. Reasons: reader_unreachable (nobody listens), reader_tampered (another certificate), capture_timeout,
 * capture_cancelled, answer_too_large, answer_malformed (not HTTP, cut short, or a status other than those in `allow`).
 */
export function askService(question: Question, allow: readonly number[] = [200]): Promise<Result<Buffer, ReaderError>> {
  const url = new URL(question.url);
  // SECURITY: a fingerprint never crosses a network in the clear; http is for this machine only.
  if (url.protocol !== 'https:' && !loopbackHosts.includes(url.hostname))
    throw new TypeError('a reader is asked by https or on loopback');
  const { promise, resolve } = Promise.withResolvers<Result<Buffer, ReaderError>>();
  if (question.signal?.aborted) return Promise.resolve(err({ reason: 'capture_cancelled' }));

  const body = question.body === undefined ? undefined : Buffer.from(question.body);
  const request = (url.protocol === 'https:' ? https : http).request(url, {
    method: question.method,
    agent: false,
    headers: { ...question.headers, ...(body ? { 'content-length': String(body.length) } : {}) },
    // The pin below takes the place of the public authorities.
    ...(url.protocol === 'https:' ? { rejectUnauthorized: false } : {}),
    maxHeaderSize: 8192,
  });
  const finish = (result: Result<Buffer, ReaderError>) => {
    clearTimeout(timer);
    question.signal?.removeEventListener('abort', cancel);
    resolve(result);
    request.destroy();
  };
  const cancel = () => finish(err({ reason: 'capture_cancelled' }));
  const timer = setTimeout(() => finish(err({ reason: 'capture_timeout' })), question.timeoutMs);
  question.signal?.addEventListener('abort', cancel, { once: true });

  request.on('error', (thrown: NodeJS.ErrnoException) => {
    const unreachable = ['ECONNREFUSED', 'EHOSTUNREACH', 'ENOTFOUND', 'EADDRNOTAVAIL'].includes(thrown.code ?? '');
    finish(err({ reason: unreachable ? 'reader_unreachable' : 'answer_malformed', code: thrown.code ?? 'unknown' }));
  });
  request.on('response', (response) => {
    if (!allow.includes(response.statusCode ?? 0)) {
      return finish(err({ reason: 'answer_malformed', code: `status ${response.statusCode}` }));
    }
    const parts: Buffer[] = [];
    let size = 0;
    response.on('data', (part: Buffer) => {
      size += part.length;
      if (size > question.maxBytes) return finish(err({ reason: 'answer_too_large' }));
      parts.push(part);
    });
    response.on('end', () => {
      if (!response.complete) return finish(err({ reason: 'answer_malformed', code: 'cut short' }));
      const whole = Buffer.concat(parts);
      for (const part of parts) part.fill(0);
      finish(ok(whole));
    });
    response.on('error', () => finish(err({ reason: 'answer_malformed', code: 'cut short' })));
    response.on('aborted', () => finish(err({ reason: 'answer_malformed', code: 'cut short' })));
  });
  if (url.protocol === 'https:') {
    request.on('socket', (socket) => {
      socket.once('secureConnect', () => {
        // SECURITY: nothing is written before the certificate is known to be the pinned one.
        if (isPinned(socket as TLSSocket, question.pinnedCertificate)) request.end(body);
        else finish(err({ reason: 'reader_tampered', code: 'certificate' }));
      });
    });
  } else {
    request.end(body);
  }
  return promise;
}

function isPinned(socket: TLSSocket, pinned: Uint8Array | undefined): boolean {
  const certificate = socket.getPeerCertificate().raw;
  if (!pinned || !certificate) return false;
  const digest = createHash('sha256').update(certificate).digest();
  return pinned.length === digest.length && timingSafeEqual(digest, pinned);
}
