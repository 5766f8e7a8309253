// The Worker's entry: hands each kind of event to its room. Classes of Durable Objects are exported from here by name.
import { epochSeconds } from '../shared/base/brands.ts';
import { kioskSignatureMaxSkewSeconds } from '../shared/contract/kiosk.ts';
import { createApp } from './app.ts';
import { type Deps, depsOf } from './deps.ts';
import type { Env } from './env.ts';
import { followOrders } from './issuer/follow-orders.ts';
import { forgetExpired } from './issuer/forget-expired.ts';
import { growStatusSpaces } from './issuer/grow-status-spaces.ts';
import { statusListPublisher } from './issuer/routes.ts';
import { archiveBatch } from './journal/archive.ts';
import { checkpointVerifier, publishCheckpoint } from './journal/checkpoint.ts';
import { archiveName } from './journal/journal-archive.ts';
import { removeArchived } from './journal/remove-archived.ts';
import { kioskHold } from './kiosks/hold.ts';
import { journalLostSeconds } from './store/journal.ts';
import { showingKeptSeconds } from './store/showings.ts';

export { Offer } from './issuer/openid4vci/offer.ts';
export { Once } from './issuer/openid4vci/once.ts';

export { JournalArchive } from './journal/journal-archive.ts';
export { JournalBuffer } from './journal/journal-buffer.ts';
export { Login } from './logins/login.ts';
export { Person } from './logins/person.ts';
export { Business } from './verifier/business.ts';
export { Presentation } from './verifier/openid4vp/presentation.ts';

const app = createApp(depsOf);

const day = 86_400;
const ago = ({ now }: Pick<Deps, 'now'>, seconds: number) => epochSeconds(now() - seconds);
/** Of one database, by one act: what a run leaves, the next one takes. */
const rowsARun = 1_000;

/** What the cron does every quarter of an hour, each apart from the others: one that fails does not stop the rest. */
const scheduledActs: Readonly<Record<string, (deps: Deps) => Promise<unknown>>> = {
  journal: (deps) => deps.journal.handOn(),
  journalCheckpoint: async ({ env, keyRing, now }) => {
    const state = await env.JOURNAL_ARCHIVE.getByName(archiveName).head();
    return publishCheckpoint(env.FILES, state, await keyRing.signer('receipt'), now());
  },
  journalLost: async ({ env, journal, now }) => {
    const marks = await env.JOURNAL_ARCHIVE.getByName(archiveName).marks();
    const upto = new Map(marks.map(({ source, upto }) => [source, upto]));
    return journal.handOnLost(upto, ago({ now }, journalLostSeconds));
  },
  journalRows: async ({ env, journal, journalTrail: trail, keyRing, now }) => {
    const verify = checkpointVerifier(await keyRing.publicKeys());
    const removed = await removeArchived({ files: env.FILES, archive: archiveName, trail, journal, verify, now });
    if (!removed.ok) console.error('journal rows stay', removed.error.reason, removed.error.seq);
  },
  notifications: (deps) => deps.notifications.handOn(),
  kioskNonces: (deps) => deps.kiosks.forgetNonces(ago(deps, 2 * kioskSignatureMaxSkewSeconds)),
  operatorSessions: (deps) => deps.operators.forgetSessions(ago(deps, 30 * day), rowsARun),
  activationClaims: (deps) => deps.activations.forgetClaims(ago(deps, 400 * day), rowsARun),
  appointments: (deps) => deps.appointments.endPassed(deps.now()),
  endedAppointments: (deps) => deps.appointments.forgetEnded(ago(deps, 90 * day), rowsARun),
  oldNotifications: (deps) => deps.notifications.forget(ago(deps, 400 * day), rowsARun),
  kioskFailures: (deps) => deps.kioskFailures.forget(ago(deps, kioskHold.keptSeconds)),
  documentPhotos: (deps) => deps.documentPhotos.forget(deps.now()),
  credentialOrders: (deps) => followOrders(deps, 'all'),
  expiredCredentials: (deps) => forgetExpired(deps),
  statusSpaces: async (deps) => {
    for (const { space, percent, is } of await growStatusSpaces(deps))
      if (is === 'alarm') console.error('status space nearly full', space, percent);
  },
  statusList: (deps) => statusListPublisher(deps)(),
  showings: (deps) => deps.showings.forgetBefore(ago(deps, showingKeptSeconds)),
};

async function runScheduled(deps: Deps): Promise<void> {
  for (const [name, act] of Object.entries(scheduledActs)) {
    try {
      await act(deps);
    } catch (error) {
      console.error('scheduled', name, error instanceof Error ? error.name : 'unknown');
    }
  }
}

export default {
  fetch: (request, env, context) => app.fetch(request, env, context),
  queue: (batch, env) => archiveBatch(batch, env.JOURNAL_ARCHIVE.getByName(archiveName)),
  scheduled: (_event, env) => runScheduled(depsOf(env)),
} satisfies ExportedHandler<Env, string>;
