// One side of the comparison: a provider in a process of its own, and what the scenarios need of it.
import { createHash } from 'node:crypto';

export const verifier = 'bench-verifier-bench-verifier-bench-verifier';
export const challenge = createHash('sha256').update(verifier).digest('base64url');

/** `run`: answers how many requests it sent. */
export type LoginStep = { readonly name: string; readonly run: () => Promise<number> };

export type Side = {
  readonly name: string;
  readonly port: number;
  /** Whose CPU time counts. */
  readonly pid: number;
  readonly clientId: string;
  readonly secret: string;
  readonly redirectUri: string;
  readonly paths: Readonly<Record<'discovery' | 'jwks' | 'token' | 'introspect' | 'userinfo', string>>;
  /** Form fields beside grant_type. */
  readonly clientCredentials: Readonly<Record<string, string>>;
  /** As many as it exchanges in about a quarter of a second: what disturbs the machine is then as likely to meet any side's turn. */
  readonly codesPerTurn: number;
  /** Codes that wait to be exchanged with `verifier`: at most `count`, and as many as three seconds make. */
  mint(count: number): Promise<readonly string[]>;
  /** One login from the service's first redirect to its tokens, in steps to be taken in this order. */
  wholeLogin(i: number): readonly LoginStep[];
  stop(): Promise<void>;
};

export function get(side: Side, path: string, headers: readonly string[] = []): string {
  return `${[`GET ${path} HTTP/1.1`, `Host: localhost:${side.port}`, ...headers].join('\r\n')}\r\n\r\n`;
}

/** A form by the client, with its secret in the header. */
export function post(side: Side, path: string, form: Readonly<Record<string, string>>): string {
  const body = new URLSearchParams(form).toString();
  const head = [
    `POST ${path} HTTP/1.1`,
    `Host: localhost:${side.port}`,
    `Authorization: Basic ${Buffer.from(`${side.clientId}:${side.secret}`).toString('base64')}`,
    'Content-Type: application/x-www-form-urlencoded',
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  return `${head.join('\r\n')}\r\n\r\n${body}`;
}

export function exchangeOf(side: Side, code: string): Record<string, string> {
  return { grant_type: 'authorization_code', code, redirect_uri: side.redirectUri, code_verifier: verifier };
}

/** Access tokens of people, by the code flow. */
export async function accessTokens(side: Side, count: number): Promise<string[]> {
  const codes = await side.mint(count);
  return Promise.all(codes.map((code) => accessToken(side, code)));
}

async function accessToken(side: Side, code: string): Promise<string> {
  const response = await fetch(`http://localhost:${side.port}${side.paths.token}`, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/x-www-form-urlencoded',
      Authorization: `Basic ${Buffer.from(`${side.clientId}:${side.secret}`).toString('base64')}`,
    },
    body: new URLSearchParams(exchangeOf(side, code)),
  });
  const answer = (await response.json()) as { access_token?: string };
  if (!answer.access_token) throw new Error(`${side.name}: no access token: ${JSON.stringify(answer)}`);
  return answer.access_token;
}
