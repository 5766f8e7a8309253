// npm `oidc-provider` as a process of its own: `node peer-server.ts memory|durable PORT FILE`. Its parent asks it for codes over IPC,
// so that a code exchange can be measured without the login before it.
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import { Provider } from 'oidc-provider';

const [kind = 'memory', portText = '0', file = ''] = process.argv.slice(2);
const port = Number(portText);

type Payload = Record<string, unknown> & { grantId?: string; uid?: string; userCode?: string; consumed?: number };

/** Keeps everything: the adapter that comes with it forgets all but a thousand entries. */
function memoryAdapter() {
  const entries = new Map<string, Payload>();
  const byUid = new Map<string, string>();
  const byGrant = new Map<string, Set<string>>();
  return (model: string) => ({
    async upsert(id: string, payload: Payload) {
      const key = `${model}:${id}`;
      entries.set(key, payload);
      if (payload.uid) byUid.set(`${model}:${payload.uid}`, key);
      if (payload.userCode) byUid.set(`${model}:code:${payload.userCode}`, key);
      if (payload.grantId) {
        const members = byGrant.get(payload.grantId) ?? new Set();
        members.add(key);
        byGrant.set(payload.grantId, members);
      }
    },
    async find(id: string) {
      return entries.get(`${model}:${id}`);
    },
    async findByUid(uid: string) {
      return entries.get(byUid.get(`${model}:${uid}`) ?? '');
    },
    async findByUserCode(code: string) {
      return entries.get(byUid.get(`${model}:code:${code}`) ?? '');
    },
    async consume(id: string) {
      const entry = entries.get(`${model}:${id}`);
      if (entry) entry.consumed = Math.floor(Date.now() / 1000);
    },
    async destroy(id: string) {
      entries.delete(`${model}:${id}`);
    },
    async revokeByGrantId(grantId: string) {
      for (const key of byGrant.get(grantId) ?? []) entries.delete(key);
      byGrant.delete(grantId);
    },
  });
}

/** One table, prepared statements, every write on disk before it is answered. */
function durableAdapter() {
  const db = new DatabaseSync(file);
  db.exec(`PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;
    CREATE TABLE entries (model TEXT NOT NULL, id TEXT NOT NULL, payload TEXT NOT NULL, grant_id TEXT, uid TEXT, user_code TEXT,
      consumed INTEGER, expires_at INTEGER, PRIMARY KEY (model, id)) WITHOUT ROWID;
    CREATE INDEX by_grant ON entries (grant_id) WHERE grant_id IS NOT NULL;
    CREATE INDEX by_uid ON entries (model, uid) WHERE uid IS NOT NULL;
    CREATE INDEX by_code ON entries (model, user_code) WHERE user_code IS NOT NULL;`);
  const upsert = db.prepare(`INSERT INTO entries VALUES (?1, ?2, ?3, ?4, ?5, ?6, NULL, ?7) ON CONFLICT (model, id)
    DO UPDATE SET payload = ?3, grant_id = ?4, uid = ?5, user_code = ?6, expires_at = ?7`);
  const find = db.prepare('SELECT payload, consumed FROM entries WHERE model = ? AND id = ? AND expires_at > ?');
  const byUid = db.prepare('SELECT payload, consumed FROM entries WHERE model = ? AND uid = ? AND expires_at > ?');
  const byCode = db.prepare(
    'SELECT payload, consumed FROM entries WHERE model = ? AND user_code = ? AND expires_at > ?',
  );
  const consume = db.prepare('UPDATE entries SET consumed = ? WHERE model = ? AND id = ?');
  const destroy = db.prepare('DELETE FROM entries WHERE model = ? AND id = ?');
  const revoke = db.prepare('DELETE FROM entries WHERE grant_id = ?');
  const now = () => Math.floor(Date.now() / 1000);
  const payloadOf = (row: unknown): Payload | undefined => {
    if (!row) return undefined;
    const { payload, consumed } = row as { payload: string; consumed: number | null };
    const parsed = JSON.parse(payload) as Payload;
    return consumed === null ? parsed : { ...parsed, consumed };
  };
  return (model: string) => ({
    async upsert(id: string, payload: Payload, expiresIn?: number) {
      const { grantId = null, uid = null, userCode = null } = payload;
      upsert.run(model, id, JSON.stringify(payload), grantId, uid, userCode, now() + (expiresIn ?? 1e9));
    },
    find: async (id: string) => payloadOf(find.get(model, id, now())),
    findByUid: async (uid: string) => payloadOf(byUid.get(model, uid, now())),
    findByUserCode: async (code: string) => payloadOf(byCode.get(model, code, now())),
    async consume(id: string) {
      consume.run(now(), model, id);
    },
    async destroy(id: string) {
      destroy.run(model, id);
    },
    async revokeByGrantId(grantId: string) {
      revoke.run(grantId);
    },
  });
}

const issuer = `http://localhost:${port}`;
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const resource = 'urn:bench:api';
const client = { client_id: 'bench', client_secret: randomBytes(32).toString('base64url') };
const redirectUri = 'http://localhost:9/callback';
console.warn = () => {};
console.info = () => {};

const provider = new Provider(issuer, {
  adapter: kind === 'durable' ? durableAdapter() : memoryAdapter(),
  jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), kid: 'bench', alg: 'ES256', use: 'sig' }] },
  cookies: { keys: [randomBytes(32).toString('base64url')] },
  clients: [
    {
      ...client,
      redirect_uris: [redirectUri],
      grant_types: ['authorization_code', 'client_credentials'],
      id_token_signed_response_alg: 'ES256',
      scope: 'openid api',
      application_type: 'native',
    },
  ],
  scopes: ['openid', 'api'],
  claims: { openid: ['sub', 'acr', 'auth_time'], profile: ['name', 'birthdate'] },
  findAccount: (_ctx: unknown, sub: string) => ({ accountId: sub, claims: async () => ({ sub }) }),
  features: {
    clientCredentials: { enabled: true },
    introspection: { enabled: true },
    devInteractions: { enabled: true },
    // As ours: an access token for a service is a signed JWT (RFC 9068), and nothing of it is stored.
    resourceIndicators: {
      enabled: true,
      defaultResource: () => undefined,
      getResourceServerInfo: () => ({ scope: 'api', accessTokenFormat: 'jwt', jwt: { sign: { alg: 'ES256' } } }),
    },
  },
});
provider.listen(port, '127.0.0.1', () => process.send?.({ ready: { ...client, redirectUri, resource } }));

type Ask = { readonly mint: number; readonly challenge: string };

async function mint({ mint: count, challenge }: Ask): Promise<string[]> {
  const found = await provider.Client.find(client.client_id);
  const codes: string[] = [];
  for (let i = 0; i < count; i++) {
    const accountId = `person-${i}`;
    const grant = new provider.Grant({ accountId, clientId: client.client_id });
    grant.addOIDCScope('openid');
    const grantId = await grant.save();
    const code = new provider.AuthorizationCode({
      accountId,
      client: found,
      grantId,
      gty: 'authorization_code',
      redirectUri,
      scope: 'openid',
      codeChallenge: challenge,
      codeChallengeMethod: 'S256',
      authTime: Math.floor(Date.now() / 1000),
      acr: 'urn:tawthiq:loa:low',
      amr: ['pwd'],
      nonce: 'bench-nonce',
      claims: {},
    });
    codes.push(await code.save());
  }
  return codes;
}

process.on('message', (ask: Ask) => {
  mint(ask).then(
    (codes) => process.send?.({ codes }),
    (error: unknown) => process.send?.({ failed: String(error) }),
  );
});
process.on('disconnect', () => process.exit(0));
