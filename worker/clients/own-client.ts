// The edge's own page as a relying party of itself: a person logs in at it as anywhere else. It is in no table, so nobody can change it.
import { type Client, ClientMetadata, ClientPolicy } from './client.ts';

export const accountClientId = 'tawthiq-account';
export const accountReturnPath = '/account/done';

export function ownClients(issuer: string): ReadonlyMap<string, Client> {
  const metadata = ClientMetadata.parse({
    client_name: 'Your account',
    'client_name#ar': 'حسابك',
    redirect_uris: [issuer + accountReturnPath],
    token_endpoint_auth_method: 'none',
  });
  const account: Client = {
    id: accountClientId,
    metadata,
    policy: ClientPolicy.parse({}),
    state: 'active',
    secrets: [],
    createdAt: 0,
    own: true,
  };
  return new Map([[account.id, account]]);
}
