// The provider for a relying party's own tests: the real Worker, people who log in at once, and faults on demand. One machine only; it
// forgets everything when it stops.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type IdTokenAlg, idTokenAlgs } from '../../issuer/id-token-algs.ts';
import { AdminClient } from '../admin-client.ts';
import { freePort } from '../free-port.ts';
import { startEdge } from '../network.ts';
import { newSecrets } from '../secrets.ts';
import type { Fault } from './faults.ts';
import { SimulatedPerson, type TestPerson, testPeople } from './people.ts';
import { startProxy } from './proxy.ts';

export type SimulatorOptions = {
  /** What relying parties see; the provider behind it takes a free one. */
  readonly port: number;
  readonly redirectUris: readonly string[];
  readonly fault?: Fault;
  /** Of the client's ID tokens; absent: ES256. */
  readonly alg?: IdTokenAlg;
  /** The client is a page or an application without a secret. */
  readonly publicClient?: boolean;
};

export type Simulator = {
  readonly issuer: string;
  readonly client: { readonly clientId: string; readonly clientSecret: string };
  readonly people: readonly TestPerson[];
  /** For the logins that begin from now on. */
  setFault(fault: Fault | undefined): void;
  /** Another client, by the metadata of a registration. */
  addClient(metadata: object, policy?: object): Promise<{ readonly clientId: string; readonly clientSecret: string }>;
  /** For dynamic registration: what registers with it is reviewed. */
  initialAccessToken(): Promise<string>;
  stop(): Promise<void>;
};

export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const folder = mkdtempSync(path.join(tmpdir(), 'tawthiq-simulator-'));
  const secrets = newSecrets();
  const issuer = `http://localhost:${options.port}`;
  const stateDir = path.join(folder, 'edge');
  const bundleDir = path.join(folder, 'bundle');
  const edge = await startEdge({ stateDir, bundleDir, port: await freePort(), secrets, vars: { ISSUER: issuer } });
  try {
    const api = new AdminClient(edge.url, secrets.adminToken);
    for (const alg of idTokenAlgs) await api.call('POST', '/v1/admin/keys', { purpose: 'id_token', alg });
    const addClient = async (metadata: object, policy: object = {}) =>
      (await api.call('POST', '/v1/admin/clients', { metadata, policy })) as { clientId: string; clientSecret: string };
    // `or_nonce`: libraries that know no PKCE can be tried as well.
    const policy = { twoDigitsEarn: 'substantial', pkce: 'or_nonce' };
    const metadata = {
      client_name: 'Service under test',
      redirect_uris: options.redirectUris,
      grant_types: ['authorization_code', 'refresh_token'],
      ...(options.alg === undefined ? {} : { id_token_signed_response_alg: options.alg }),
      ...(options.publicClient ? { token_endpoint_auth_method: 'none' } : {}),
    };
    const client = await addClient(metadata, policy);
    const people = new Map<string, SimulatedPerson>();
    for (const name of Object.keys(testPeople))
      people.set(name, await SimulatedPerson.make(edge, edge.url, secrets.adminToken, name, people.size + 1));
    let fault = options.fault;
    const proxy = await startProxy({ edgeUrl: edge.url, issuer, port: options.port, people, fault: () => fault });
    return {
      issuer,
      client,
      people: [...people.values()],
      setFault: (next) => {
        fault = next;
      },
      addClient,
      initialAccessToken: async () => {
        const wanted = { name: 'simulator', scopes: ['clients:register'] };
        return ((await api.call('POST', '/v1/admin/tokens', wanted)) as { token: string }).token;
      },
      stop: async () => {
        proxy.closeAllConnections();
        await new Promise((resolve) => proxy.close(resolve));
        await edge.stop();
        rmSync(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await edge.stop();
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}
