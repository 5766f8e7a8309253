// What turns an empty edge into a network: keys made at the edge, a trust list signed by the roots, a centre with its staff, a
// business, an online service, and people. Every act goes through the authority's own API, so all of it is in the journal.
import type { EpochSeconds } from '../../shared/base/brands.ts';
import { decodeBase64Url } from '../../shared/bytes/base64url.ts';
import type { CentreHours } from '../../shared/contract/appointment.ts';
import type { Name } from '../../shared/contract/wire.ts';
import { idTokenAlgs } from '../issuer/id-token-algs.ts';
import { AdminClient } from './admin-client.ts';
import { seedLines } from './population/seed-lines.ts';
import type { LocalSecrets } from './secrets.ts';
import { makeTrustList, type PublishedKey } from './trust-ceremony.ts';

/** What the authority's API answers is its own business: these are the members that this file reads. */
const answerOf = <T>(answer: Promise<unknown>) => answer as Promise<T>;

/** A key each. `sdjwt` and `access` carry certificates: online credentials, and requests to wallets. The last is what readers seal to. */
export const setUpPurposes: readonly { readonly purpose: string; readonly alg?: string }[] = [
  ...['credential', 'receipt', 'status', 'evidence', 'sdjwt', 'access'].map((purpose) => ({ purpose })),
  // EdDSA and RS256 for relying parties whose libraries ask for another algorithm than ES256.
  ...idTokenAlgs.map((alg) => ({ purpose: 'id_token', alg })),
  { purpose: 'sbi' },
];
const trustListDays = 90;

/** Makes each key that is missing, then has the roots sign the list of all. Done again, it makes the next version of the list. */
export async function setUpTrust(edgeUrl: string, secrets: LocalSecrets): Promise<void> {
  const api = new AdminClient(edgeUrl, secrets.adminToken);
  for (const order of setUpPurposes) await api.call('POST', '/v1/admin/keys', order);
  const { keys } = await answerOf<{ keys: PublishedKey[] }>(api.call('GET', '/v1/admin/keys'));
  const standing = await answerOf<{ version: number; hash: string }>(api.call('GET', '/v1/admin/trust-list'));
  const hash = decodeBase64Url(standing.hash);
  if (!hash.ok) throw new Error('the edge names no hash of its trust list');
  const list = await makeTrustList({
    issuer: edgeUrl,
    version: standing.version + 1,
    prevHash: hash.value,
    roots: secrets.roots,
    keys,
    now: Math.floor(Date.now() / 1000) as EpochSeconds,
    validSeconds: trustListDays * 86_400,
  });
  await api.call('PUT', '/v1/admin/trust-list', list, 'application/octet-stream');
  await api.call('POST', '/v1/admin/status-list/publish');
}

export type Staff = {
  readonly username: string;
  readonly password: string;
  readonly name: Name;
  readonly role: 'operator' | 'supervisor';
};

export const demoStaff: readonly Staff[] = [
  {
    username: 'huda',
    password: 'huda at desk one 2026',
    name: { ar: 'هدى القحطاني', en: 'Huda Alqahtani' },
    role: 'operator',
  },
  {
    username: 'salem',
    password: 'salem watches the desks',
    name: { ar: 'سالم الزهراني', en: 'Salem Alzahrani' },
    role: 'supervisor',
  },
];

export const demoCentre = {
  name: { ar: 'مركز خدمات العليا', en: 'Olaya service centre' },
  type: 'civil_affairs',
} as const;

/** Open day and night, and the next slot counts already: an appointment can be tried at any time. */
const demoHours: CentreHours = {
  hours: [0, 1, 2, 3, 4, 5, 6].map((weekday) => ({ weekday, opensAt: 0, closesAt: 1440, slotMinutes: 30, seats: 4 })),
  closed: [],
};

export type SetUp = {
  readonly centreId: string;
  /** The demo's staff as the edge names them. */
  readonly staff: readonly (Staff & { readonly id: string })[];
  readonly verifier: { readonly id: string; readonly key: string };
  readonly client: { readonly clientId: string; readonly clientSecret: string };
  readonly invitation: string;
  readonly population: number;
};

/** Everything from nothing. `serviceUrl`: where the sample online service will be. */
export async function setUpNetwork(options: {
  readonly edgeUrl: string;
  readonly secrets: LocalSecrets;
  readonly serviceUrl: string;
  readonly people: number;
  readonly seed?: string;
  readonly log: (line: string) => void;
}): Promise<SetUp> {
  const { edgeUrl, secrets, log } = options;
  const api = new AdminClient(edgeUrl, secrets.adminToken);
  await setUpTrust(edgeUrl, secrets);
  const { id: centreId } = await answerOf<{ id: string }>(api.call('POST', '/v1/admin/centres', demoCentre));
  await api.call('PUT', `/v1/admin/centres/${centreId}/hours`, demoHours);
  const staff: (Staff & { readonly id: string })[] = [];
  for (const person of demoStaff) {
    const made = api.call('POST', '/v1/admin/operators', { ...person, centreId });
    staff.push({ ...person, id: (await answerOf<{ id: string }>(made)).id });
  }
  const verifier = await answerOf<{ verifierId: string; apiKey: string }>(
    api.call('POST', '/v1/admin/verifiers', {
      name: { ar: 'صيدلية الحي', en: 'Corner Pharmacy' },
      contexts: ['counter', 'gate', 'age', 'border'],
      claims: ['name', 'birthDate', 'face'],
    }),
  );
  const client = await answerOf<{ clientId: string; clientSecret: string }>(
    api.call('POST', '/v1/admin/clients', {
      metadata: {
        client_name: 'City Library',
        'client_name#ar': 'مكتبة المدينة',
        'client_name#en': 'City Library',
        redirect_uris: [`${options.serviceUrl}/callback`],
      },
      policy: {
        twoDigitsEarn: 'substantial',
        purposes: {
          name: { ar: 'لطباعة بطاقة الاستعارة', en: 'to print your lending card' },
          birthdate: { ar: 'لرفّ كتب الأطفال', en: "for the children's shelf" },
        },
      },
    }),
  );
  const { invitation } = await answerOf<{ invitation: string }>(
    api.call('POST', '/v1/admin/kiosks/invitations', { centreId, name: 'Desk 1' }),
  );
  const lines = seedLines({ people: options.people, ...(options.seed === undefined ? {} : { seed: options.seed }) });
  const totals = await api.importPeople(lines, { onProgress: (line) => log(`${line} people registered`) });
  return {
    centreId,
    staff,
    verifier: { id: verifier.verifierId, key: verifier.apiKey },
    client: { clientId: client.clientId, clientSecret: client.clientSecret },
    invitation,
    population: totals.imported + totals.updated + totals.unchanged,
  };
}
