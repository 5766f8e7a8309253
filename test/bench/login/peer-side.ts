// The bench's hold on oidc-provider's process: started, pinned, asked for codes, logged in at.
import { type ChildProcess, fork } from 'node:child_process';
import path from 'node:path';
import { pinServer } from '../cores.ts';
import { Browser } from './browser.ts';
import { challenge, type LoginStep, type Side, verifier } from './side.ts';

type Answer = {
  readonly ready?: { client_id: string; client_secret: string; redirectUri: string; resource: string };
  readonly codes?: string[];
  readonly failed?: string;
};

export async function startPeer(kind: 'memory' | 'durable', port: number, folder: string): Promise<Side> {
  const script = path.join(import.meta.dirname, 'peer-server.ts');
  const child = fork(script, [kind, String(port), path.join(folder, 'peer.sqlite')], {
    env: { ...process.env, NODE_ENV: 'production' },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const { ready } = await answerOf(child);
  if (!ready || child.pid === undefined) throw new Error('oidc-provider did not start');
  pinServer(child.pid);
  const { client_id: id, client_secret: secret, redirectUri } = ready;
  return {
    name: `oidc-provider (${kind})`,
    port,
    pid: child.pid,
    clientId: id,
    secret,
    redirectUri,
    paths: {
      discovery: '/.well-known/openid-configuration',
      jwks: '/jwks',
      token: '/token',
      introspect: '/token/introspection',
      userinfo: '/me',
    },
    codesPerTurn: kind === 'memory' ? 500 : 200,
    clientCredentials: { scope: 'api', resource: ready.resource },
    mint: async (count) => {
      child.send({ mint: count, challenge });
      return (await answerOf(child)).codes ?? [];
    },
    wholeLogin: () => browserLogin(port, ready),
    stop: async () => {
      child.kill();
    },
  };
}

function answerOf(child: ChildProcess): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null) => reject(new Error(`oidc-provider ended with ${code}`));
    child.once('exit', ended);
    child.once('message', (answer: Answer) => {
      child.off('exit', ended);
      if (answer.failed) reject(new Error(answer.failed));
      else resolve(answer);
    });
  });
}

/** Its own development pages: name, consent, code, tokens. */
function browserLogin(port: number, client: NonNullable<Answer['ready']>): LoginStep[] {
  const browser = new Browser(`http://localhost:${port}`);
  const asked = new URLSearchParams({
    client_id: client.client_id,
    redirect_uri: client.redirectUri,
    response_type: 'code',
    scope: 'openid',
    state: 'bench-state',
    nonce: 'bench-nonce',
    code_challenge: challenge,
    code_challenge_method: 'S256',
  });
  let location = '';
  const go = async (answer: Promise<{ readonly location: string }>) => {
    ({ location } = await answer);
    return 1;
  };
  const form = (prompt: string, fields: Readonly<Record<string, string>>): LoginStep[] => {
    let page = '';
    return [
      {
        name: `${prompt} page`,
        run: async () => {
          page = location;
          const shown = await browser.get(page);
          if (!shown.text.includes(`value="${prompt}"`)) throw new Error(`no ${prompt} page: ${shown.status}`);
          return 1;
        },
      },
      { name: `${prompt} sent`, run: () => go(browser.post(page, { prompt, ...fields })) },
      { name: 'resumed', run: () => go(browser.get(location)) },
    ];
  };
  return [
    { name: 'authorize', run: () => go(browser.get(`/auth?${asked}`)) },
    ...form('login', { login: 'person', password: 'x' }),
    ...form('consent', {}),
    {
      name: 'tokens',
      run: async () => {
        const code = new URL(location).searchParams.get('code') ?? '';
        const basic = Buffer.from(`${client.client_id}:${client.client_secret}`).toString('base64');
        const tokens = await browser.post(
          '/token',
          { grant_type: 'authorization_code', code, redirect_uri: client.redirectUri, code_verifier: verifier },
          { Authorization: `Basic ${basic}` },
        );
        if (!tokens.text.includes('id_token')) throw new Error(`no tokens: ${tokens.text}`);
        return 1;
      },
    },
  ];
}
