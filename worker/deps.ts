// The only builder of stores, clock and keys: everything an act needs is made here once an isolate, and handed in. Long, because it is
// the only one.
import { drizzle } from 'drizzle-orm/d1';
import { type EpochSeconds, epochSecondsOfMs, type SubjectId } from '../shared/base/brands.ts';
import { kioskPaths } from '../shared/contract/kiosk.ts';
import { UserCodes } from './authn/user-code.ts';
import { ClientCache } from './clients/client-cache.ts';
import { ClientKeys } from './clients/client-keys.ts';
import { createOutbound, type Outbound } from './clients/outbound.ts';
import { ownClients } from './clients/own-client.ts';
import { type Config, configOf, type Env } from './env.ts';
import type { LeasedLimit } from './http/leased-limit.ts';
import { CaptureKeys } from './issuer/capture-keys.ts';
import { CertifiedKeys } from './issuer/certified-keys.ts';
import { KeyRing } from './issuer/key-ring.ts';
import { CredentialNonces } from './issuer/openid4vci/nonces.ts';
import type { OfferObject } from './issuer/openid4vci/offer.ts';
import type { OnceObject } from './issuer/openid4vci/once.ts';
import { LoginJournal } from './logins/login-journal.ts';
import type { Json } from './logins/login-record.ts';
import { loginSlices, networkLimit } from './logins/network-limit.ts';
import { LoginObjects } from './logins/objects.ts';
import type { SessionRecord } from './logins/session-rules.ts';
import { announce } from './openid/backchannel/announce.ts';
import { Transactions } from './openid/facade/transaction.ts';
import { verifyJwt } from './openid/jwt.ts';
import { LoginHints } from './openid/login-hint.ts';
import { Pairwise } from './openid/pairwise.ts';
import type { Later, Provider } from './openid/provider.ts';
import { SealedCookies } from './openid/sealed-cookie.ts';
import { type EndReason, endPerson } from './openid/session/end-person.ts';
import { endEverywhere } from './openid/session/end-session.ts';
import { Spent } from './openid/spent.ts';
import { SubjectHints } from './openid/subject-hint.ts';
import { Dpop } from './openid/token/dpop.ts';
import { UnbegunLogins } from './openid/unbegun-login.ts';
import { Accounts } from './store/accounts.ts';
import { Activations } from './store/activations.ts';
import { AdminTokens } from './store/admin-tokens.ts';
import { Appointments } from './store/appointments.ts';
import { Authenticators } from './store/authenticators.ts';
import { BreachedFiles } from './store/breached-files.ts';
import { Centres } from './store/centres.ts';
import { Clients } from './store/clients.ts';
import { Consents } from './store/consents.ts';
import { CredentialOrders } from './store/credential-orders.ts';
import { Credentials } from './store/credentials.ts';
import { DeviceTrustFile } from './store/device-trust-file.ts';
import { DocumentPhotos } from './store/document-photos.ts';
import { Fingers } from './store/fingers.ts';
import { Guardianships } from './store/guardianships.ts';
import { Journal } from './store/journal.ts';
import { JournalTrail } from './store/journal-trail.ts';
import { Keys } from './store/keys.ts';
import { KioskFailures } from './store/kiosk-failures.ts';
import { Kiosks } from './store/kiosks.ts';
import { ListForks } from './store/list-forks.ts';
import { LoginSubjects } from './store/login-subjects.ts';
import { Logos } from './store/logos.ts';
import { Notifications } from './store/notifications.ts';
import { OperatorFingers } from './store/operator-fingers.ts';
import { Operators } from './store/operators.ts';
import { People } from './store/people.ts';
import { PeopleImport } from './store/people-import.ts';
import { Publications } from './store/publications.ts';
import { type Db, Shards } from './store/shard-map.ts';
import { Showings } from './store/showings.ts';
import { StatusEntries } from './store/status-entries.ts';
import { StatusSpaces } from './store/status-spaces.ts';
import { Usernames } from './store/usernames.ts';
import { Vault } from './store/vault.ts';
import { Verifiers } from './store/verifiers.ts';
import { WrappedKeys } from './store/wrapped-keys.ts';
import { type BusinessObject, businessObjectName } from './verifier/business.ts';
import { publishedFiles } from './verifier/lists.ts';
import type { PresentationObject } from './verifier/openid4vp/presentation.ts';
import { PresentationIds, walletSlices } from './verifier/openid4vp/strangers.ts';
import { createVerification, type Verification } from './verifier/verification.ts';

export type Deps = {
  readonly env: Env;
  readonly config: Config;
  readonly now: () => EpochSeconds;
  readonly random: (bytes: number) => Uint8Array;
  readonly directory: Db;
  readonly shards: Shards;
  readonly vault: Vault;
  readonly journal: Journal;
  readonly journalTrail: JournalTrail;
  readonly adminTokens: AdminTokens;
  readonly people: People;
  readonly peopleImport: PeopleImport;
  readonly wrappedKeys: WrappedKeys;
  readonly fingers: Fingers;
  readonly guardianships: Guardianships;
  readonly keyRing: KeyRing;
  readonly certifiedKeys: CertifiedKeys;
  readonly captureKeys: CaptureKeys;
  readonly deviceTrustFile: DeviceTrustFile;
  /** The Durable Object of a credential offer, and of a request to a wallet, by the id of its handle. */
  readonly offers: (id: string) => OfferObject;
  readonly presentations: (id: string) => PresentationObject;
  readonly presentationIds: PresentationIds;
  /** How often the wallets of one network may ask. */
  readonly walletNetworks: LeasedLimit;
  readonly credentialNonces: CredentialNonces;
  readonly publications: Publications;
  readonly statusEntries: StatusEntries;
  readonly statusSpaces: StatusSpaces;
  readonly credentials: Credentials;
  readonly credentialOrders: CredentialOrders;
  readonly accounts: Accounts;
  readonly activations: Activations;
  readonly appointments: Appointments;
  readonly centres: Centres;
  readonly kiosks: Kiosks;
  readonly kioskFailures: KioskFailures;
  readonly listForks: ListForks;
  readonly operators: Operators;
  readonly operatorFingers: OperatorFingers;
  readonly documentPhotos: DocumentPhotos;
  readonly verifiers: Verifiers;
  readonly showings: Showings;
  readonly verification: Verification;
  readonly clients: Clients;
  readonly logos: Logos;
  readonly clientCache: ClientCache;
  readonly consents: Consents;
  readonly authenticators: Authenticators;
  readonly usernames: Usernames;
  readonly notifications: Notifications;
  readonly breachedFiles: BreachedFiles;
  readonly loginSubjects: LoginSubjects;
  readonly loginObjects: LoginObjects;
  readonly loginJournal: LoginJournal;
  readonly provider: Provider;
  readonly outbound: Outbound;
  /** Tells a service that its person has answered, if it is to be told. */
  readonly announce: (answered: { readonly state: string; readonly ping: Json }, later: Later) => Promise<void>;
  /** Ends all that is alive of a person whose account is no longer active. */
  readonly endPerson: (subject: SubjectId, because: EndReason, later: Later) => Promise<void>;
  /** Ends a session for every client, and tells those that asked to be told. */
  readonly endSession: (session: SessionRecord, later: Later) => Promise<void>;
};

const built = new WeakMap<Env, Deps>();

/** The isolate's one set; a second call with the same bindings gives the same. */
export function depsOf(env: Env): Deps {
  const known = built.get(env);
  if (known) return known;
  const config = configOf(env);
  const directory = drizzle(env.DIRECTORY);
  const shards = new Shards(config.shards);
  const vault = new Vault(config.keyEncryptionKey, config.previousKeyEncryptionKey);
  const now = () => epochSecondsOfMs(Date.now());
  const random = (bytes: number) => crypto.getRandomValues(new Uint8Array(bytes));
  const keyRing = new KeyRing(new Keys(env.DIRECTORY), vault, now);
  const verifiers = new Verifiers(directory);
  const showings = new Showings(env.DIRECTORY, shards);
  const people = new People(shards, vault, config.numberSecret);
  const clients = new Clients(directory);
  const login = {
    clients,
    clientCache: new ClientCache(clients, Date.now, ownClients(config.issuer)),
    consents: new Consents(shards),
    loginSubjects: new LoginSubjects(shards, config.numberSecret),
    loginObjects: new LoginObjects(env.LOGIN, env.PERSON, config.numberSecret),
    loginJournal: new LoginJournal(env.JOURNAL_BUFFER),
  };
  // Plain http and this machine's own addresses only where the issuer itself is one.
  const outbound = createOutbound(config.issuer.startsWith('http://localhost'));
  const once = (name: string) => env.ONCE.get(env.ONCE.idFromName(name)) as unknown as OnceObject;
  const online = {
    certifiedKeys: new CertifiedKeys(new Keys(env.DIRECTORY), vault, { now, random, origin: config.issuer }),
    offers: (id: string) => env.OFFER.get(env.OFFER.idFromName(id)) as unknown as OfferObject,
    presentations: (id: string) =>
      env.PRESENTATION.get(env.PRESENTATION.idFromName(id)) as unknown as PresentationObject,
    presentationIds: new PresentationIds(config.cookieSecret),
    walletNetworks: networkLimit('wallets', login.loginObjects, () => Date.now(), walletSlices),
    credentialNonces: new CredentialNonces(config.cookieSecret, { now, random }, once),
  };
  const spent = new Spent(once);
  const provider: Provider = {
    issuer: config.issuer,
    now,
    random,
    keys: keyRing,
    clients: login.clientCache,
    objects: login.loginObjects,
    networks: {
      numbers: networkLimit('numbers', login.loginObjects, () => Date.now()),
      passwords: networkLimit('passwords', login.loginObjects, () => Date.now()),
      logins: networkLimit('logins', login.loginObjects, () => Date.now(), loginSlices),
    },
    subjects: login.loginSubjects,
    people,
    consents: login.consents,
    vault,
    pairwise: new Pairwise(config.pairwiseSecret),
    hints: new SubjectHints(config.cookieSecret),
    loginHints: new LoginHints(config.cookieSecret),
    userCodes: new UserCodes(config.passwordPepper),
    transactions: new Transactions(config.cookieSecret),
    cookies: new SealedCookies(config.cookieSecret),
    unbegun: new UnbegunLogins(config.cookieSecret),
    clientKeys: new ClientKeys(outbound, Date.now),
    outbound,
    dpop: new Dpop(config.cookieSecret, now, spent),
    spent,
    journal: login.loginJournal,
    serviceTokens: verifiers,
    offers: online.offers,
  };
  const deps: Deps = {
    env,
    config,
    now,
    random,
    directory,
    shards,
    vault,
    journal: new Journal(env.DIRECTORY, config.shards, env.JOURNAL_QUEUE),
    journalTrail: new JournalTrail(env.DIRECTORY),
    adminTokens: new AdminTokens(directory),
    people,
    peopleImport: new PeopleImport(shards, vault, config.numberSecret, random),
    wrappedKeys: new WrappedKeys(directory, shards, vault),
    fingers: new Fingers(shards, vault),
    guardianships: new Guardianships(shards, config.numberSecret),
    keyRing,
    ...online,
    captureKeys: new CaptureKeys(new Keys(env.DIRECTORY), vault, now, keyRing),
    deviceTrustFile: new DeviceTrustFile(env.DIRECTORY, env.FILES),
    publications: new Publications(env.DIRECTORY, env.FILES),
    statusEntries: new StatusEntries(env.DIRECTORY),
    statusSpaces: new StatusSpaces(env.DIRECTORY),
    credentials: new Credentials(shards),
    credentialOrders: new CredentialOrders(config.shards),
    accounts: new Accounts(config.shards),
    activations: new Activations(env.DIRECTORY, shards),
    appointments: new Appointments(env.DIRECTORY),
    centres: new Centres(env.DIRECTORY),
    kiosks: new Kiosks(env.DIRECTORY),
    kioskFailures: new KioskFailures(env.DIRECTORY),
    listForks: new ListForks(env.DIRECTORY),
    operators: new Operators(env.DIRECTORY),
    operatorFingers: new OperatorFingers(env.DIRECTORY),
    documentPhotos: new DocumentPhotos(env.FILES, env.DIRECTORY, shards),
    verifiers,
    showings,
    verification: createVerification({
      callers: {
        find: (id) => verifiers.find(id),
        findByClient: (clientId) => verifiers.findByClient(clientId),
        epoch: () => verifiers.epoch(),
        revokedTokens: () => verifiers.revokedTokens(now()),
      },
      accessTokens: {
        claimsOf: (token) => verifyJwt(keyRing, 'at+jwt', token),
        issuer: config.issuer,
        clientIsActive: async (id, later) => (await login.clientCache.find(id, later))?.state === 'active',
      },
      files: publishedFiles(env.FILES),
      trustRoots: config.trustRoots,
      statusListUri: config.issuer + kioskPaths.statusList,
      receiptSigner: () => keyRing.signer('receipt'),
      journal: {
        append: (group) => env.JOURNAL_BUFFER.get(env.JOURNAL_BUFFER.idFromName('verifications')).appendGroup(group),
      },
      showings,
      businesses: (id) =>
        env.BUSINESS.get(env.BUSINESS.idFromName(businessObjectName(id))) as unknown as BusinessObject,
      answers: {
        seal: (name, answer) => vault.sealWithMaster({ table: 'answers', row: name, column: 'sealed' }, answer),
        open: async (name, sealed) => {
          const opened = await vault.openWithMaster({ table: 'answers', row: name, column: 'sealed' }, sealed);
          return opened.ok ? opened.value : undefined;
        },
      },
      now,
      nowMs: () => Date.now(),
    }),
    ...login,
    outbound,
    authenticators: new Authenticators(shards, config.shards),
    logos: new Logos(env.FILES),
    breachedFiles: new BreachedFiles(env.DIRECTORY, env.FILES),
    notifications: new Notifications(config.shards, env.NOTIFY_QUEUE),
    usernames: new Usernames(shards, config.numberSecret),
    announce: (answered, later) => announce(provider, answered, later),
    endPerson: (subject, because, later) => endPerson(provider, subject, because, later),
    endSession: (session, later) => endEverywhere(provider, session, later),
    provider,
  };
  built.set(env, deps);
  return deps;
}
