// The kiosk, put together: store, clock, edge, reader, desk, verifier, sync, behind the bridge's table of acts. Everything it
// needs of the world is handed in; it knows no Electron, no screen and no file but the store's directory. Longer than most: the
// table of acts is here in one piece.
import { err, ok } from '../../shared/base/result.ts';
import { encodeHex } from '../../shared/bytes/hex.ts';
import type { Channel, KioskEvent, KioskState, Output } from '../bridge/contract.ts';
import { dispatch, type Handlers } from '../bridge/dispatch.ts';
import { ActivationDesk, type DeskNeeds } from './activation/desk.ts';
import { FingerDesk } from './activation/enrol-operator-finger.ts';
import { type Clock, KioskClock } from './clock.ts';
import type { FingerprintDriver } from './devices/fingerprint/driver.ts';
import { templateMaker } from './devices/fingerprint/images/template-maker.ts';
import { ReaderWatch } from './devices/fingerprint/reader-watch.ts';
import { Connection } from './edge/connection.ts';
import { enrolKiosk } from './enrolment/enrol-kiosk.ts';
import { allCentres, centreDay, centreSlots, keepAppointment } from './operator/desk-appointments.ts';
import { logInOperator, logOutOperator } from './operator/operator-duty.ts';
import { storeFaultOf } from './store/faults.ts';
import type { ListName } from './store/lists.ts';
import { openStore } from './store/store.ts';
import type { KeyVault } from './store/vault.ts';
import { Courier } from './sync/courier.ts';
import { forkReport } from './sync/fork-reports.ts';
import { Lists } from './sync/lists.ts';
import { Rounds } from './sync/rounds.ts';
import { Verifier } from './verifier/verifier.ts';

export type KioskOptions = {
  readonly directory: string;
  readonly vault: KeyVault;
  readonly clock: Clock;
  readonly fetch: typeof fetch;
  readonly random: (length: number) => Uint8Array;
  readonly reader: FingerprintDriver;
  readonly software: string;
  /** Shown on the enrolment screen. */
  readonly suggestedEdge?: string;
  /** Another origin through which the edge is reached. */
  readonly via?: string;
  /** The thread's file that makes templates from images; the sources' own unless this is a bundle. */
  readonly templateWorker?: string;
  /** 0: only when asked. */
  readonly syncEverySeconds: number;
  readonly backoffMs?: readonly number[];
  /** An operator whom nobody saw do anything for so long is off duty; 900 unless told. */
  readonly operatorIdleSeconds?: number;
  /** Told of bugs and of what was refused, without any person's data. */
  readonly log: (line: object) => void;
};

export type Kiosk = {
  call(channel: Channel, input: unknown): Promise<Output<Channel>>;
  /** The state at once, then every event. */
  onEvent(listener: (event: KioskEvent) => void): () => void;
  /** Overwrites what is plain, closes the store. */
  close(): Promise<void>;
};

const defaultIdleSeconds = 900;

export async function openKiosk(options: KioskOptions): Promise<Kiosk> {
  const { fetch, random, software, via, backoffMs, log } = options;
  const store = await openStore(options.directory, options.vault);
  const clock = new KioskClock(options.clock, store.facts);
  const lists = new Lists({
    ...{ lists: store.lists, identity: store.identity, clock },
    sawFork: (fork) => {
      log({ event: 'list.forked', list: fork.list, version: fork.version });
      const report = forkReport(fork, clock.now());
      if (report) store.forks.keep(report);
    },
    forks: { load: () => store.facts.load('forks') ?? [], keep: (forks) => store.facts.keep('forks', forks) },
  });
  await lists.load();

  const listeners = new Set<(event: KioskEvent) => void>();
  const emit = (event: KioskEvent) => {
    for (const listener of listeners) listener(event);
  };
  let announced = false;
  let closed = false;
  const changed = () => {
    if (announced || closed) return;
    announced = true;
    queueMicrotask(() => {
      announced = false;
      if (!closed) emit({ type: 'state', state: state() });
    });
  };

  const connection = new Connection({
    identity: store.identity,
    fetch,
    now: () => clock.now(),
    software,
    clockRejected: (edgeTime) => clock.wasRejected(edgeTime),
    changed,
    ...(via ? { via } : {}),
    ...(backoffMs ? { backoffMs } : {}),
  });
  const edge = () => connection.current();
  const courier = new Courier({ outbox: store.outbox, clock, lists, edge, changed });
  const rounds = new Rounds({
    ...{ store, clock, lists, courier, edge, random, changed },
    everySeconds: options.syncEverySeconds,
    failed: (thrown) => log(bugOf('sync', thrown)),
  });
  const reader = new ReaderWatch(options.reader, (error) => log({ event: 'reader.discover', ...error }));
  const templates = templateMaker(options.templateWorker);
  const deskNeeds: DeskNeeds = {
    store,
    clock,
    edge,
    courier,
    reader: options.reader,
    readerId: () => reader.id,
    templateMaker: templates,
    captureCertificate: () => store.facts.load('captureCertificate') || undefined,
    random,
    refresh: () => rounds.now({ all: false }),
    emit,
    changed,
  };
  const desk = new ActivationDesk(deskNeeds);
  const fingerDesk = new FingerDesk(deskNeeds);
  const verifier = new Verifier({ lists, checks: store.checks, clock });
  const operatorNeeds = { operators: store.operators, clock, edge };

  function listState(name: ListName): KioskState['lists']['trustList'] {
    const held = lists.stored(name);
    const signedAt = lists.signedAt(name);
    if (!held || signedAt === undefined) return undefined;
    const { version, fetchedAt, sha256 } = held;
    return {
      version,
      fetchedAt,
      ageSeconds: Math.max(0, clock.now() - signedAt),
      fingerprint: encodeHex(sha256.subarray(0, 4)),
    };
  }

  function enrolment(): KioskState['enrolment'] {
    const self = store.identity.load();
    if (!self || self.state === 'joining') {
      return { state: 'not_enrolled', ...(options.suggestedEdge ? { suggestedEdge: options.suggestedEdge } : {}) };
    }
    const { state, kioskId, name, edge, centre } = self;
    return { state, kioskId, name, edge, centre };
  }

  function state(): KioskState {
    const now = clock.now();
    const session = store.operators.onDuty(now);
    const trustList = listState('trust');
    const statusList = listState('status');
    const lastContactAt = store.facts.load('lastContactAt');
    const activation = desk.state;
    return {
      software,
      enrolment: enrolment(),
      clock: clock.judge(),
      line: { state: connection.line, ...(lastContactAt === undefined ? {} : { lastContactAt }) },
      lists: {
        ...(trustList ? { trustList } : {}),
        ...(statusList ? { statusList } : {}),
        ...(lists.problem ? { problem: lists.problem } : {}),
      },
      outbox: store.outbox.counts(),
      reader: reader.state,
      ...(session ? { operator: { ...session.operator, expiresAt: session.expiresAt } } : {}),
      ...(activation ? { activation } : {}),
    };
  }

  async function discoverReader(): Promise<KioskState['reader']> {
    const found = await reader.discover();
    changed();
    return found;
  }

  const handlers: Handlers = {
    'state.get': () => ok(state()),
    'kiosk.enrol': async ({ invitation, edge: address }) => {
      const needs = { identity: store.identity, clock, clientOf: (at: string) => connection.clientOf(at), software };
      const enrolled = await enrolKiosk(needs, invitation, address);
      if (!enrolled.ok) return enrolled;
      connection.forget();
      lists.forget();
      await rounds.now({ all: true });
      changed();
      return ok({});
    },
    'operator.login': async ({ username, password }) => {
      const onDuty = await logInOperator(operatorNeeds, username, password);
      changed();
      return onDuty;
    },
    'operator.logout': () => {
      leaveDuty();
      return ok({});
    },
    'reader.discover': async () => ok(await discoverReader()),
    'activation.begin': async ({ number, purpose }) => desk.begin(number, purpose),
    'activation.capture': async ({ activationId, position, who, also }) => {
      // A reader that was plugged in, or came back, since it was last looked for.
      if (reader.state.state !== 'ready' && desk.state) await discoverReader();
      const captured = await desk.capture(activationId, position, who, also);
      if (!captured.ok) log({ event: 'activation.capture', reason: captured.error.reason });
      reader.saw(captured.ok ? undefined : captured.error.reason);
      return captured;
    },
    'activation.guardian': ({ activationId, number }) => desk.guardian(activationId, number),
    'activation.document': ({ activationId, jpeg }) => desk.document(activationId, jpeg),
    'activation.except': ({ activationId, ...asked }) => desk.except(activationId, asked),
    'finger.begin': () => fingerDesk.begin(),
    'finger.capture': async ({ enrolmentId, position }) => {
      if (reader.state.state !== 'ready') await discoverReader();
      const captured = await fingerDesk.capture(enrolmentId, position);
      if (!captured.ok) log({ event: 'finger.capture', reason: captured.error.reason });
      return captured;
    },
    'finger.submit': async ({ enrolmentId, code }) => {
      const enrolled = await fingerDesk.submit(enrolmentId, code);
      const session = store.operators.onDuty(clock.now());
      if (!enrolled.ok || !session) return enrolled;
      const operator = { ...session.operator, fingers: [enrolled.value.position] };
      store.operators.begin({ ...session, operator });
      changed();
      return enrolled;
    },
    'finger.cancel': () => {
      fingerDesk.clear();
      return ok({});
    },
    'appointment.keep': (asked) => keepAppointment(operatorNeeds, asked),
    'appointment.slots': async ({ date, centreId }) => {
      const self = store.identity.load();
      return self && self.state !== 'joining'
        ? centreSlots(operatorNeeds, centreId ?? self.centre.id, date)
        : err({ reason: 'not_enrolled' });
    },
    'appointment.centres': () => allCentres(operatorNeeds),
    'appointment.day': ({ date }) => centreDay(operatorNeeds, date),
    'activation.submit': ({ activationId }) => desk.submit(activationId),
    'activation.cancel': ({ activationId }) => {
      const cancelled = desk.cancel(activationId);
      return cancelled.ok ? ok({}) : cancelled;
    },
    'verifier.check': async ({ text, context }) => ok(await verifier.check(text, context)),
    'verifier.recent': ({ limit }) => ok({ checks: store.checks.recent(limit) }),
    'sync.now': () => rounds.now({ all: true }),
    'outbox.list': ({ limit }) => ok({ items: store.outbox.list(limit) }),
    'outbox.open': ({ activationId }) => {
      if (!store.operators.onDuty(clock.now())) return err({ reason: 'no_operator' });
      const entry = store.outbox.find(activationId);
      if (!entry) return err({ reason: 'activation_unknown' });
      const issued = store.outbox.issued(activationId);
      if (!issued) return err({ reason: 'not_activated' });
      const { reference, purpose } = entry;
      return ok({ reference, ...(purpose ? { purpose } : {}), ...issued });
    },
  };

  function leaveDuty() {
    desk.clear();
    fingerDesk.clear();
    logOutOperator(operatorNeeds).catch((thrown: unknown) => log(bugOf('operator.logout', thrown)));
    changed();
  }
  // SECURITY: a desk that was left must not stay open for whoever passes by.
  let idle: NodeJS.Timeout | undefined;
  const sawOperator = () => {
    clearTimeout(idle);
    idle = setTimeout(leaveDuty, (options.operatorIdleSeconds ?? defaultIdleSeconds) * 1000);
    idle.unref();
  };
  sawOperator();

  rounds.start();

  return {
    call(channel, input) {
      if (/^(operator|activation|appointment|finger|outbox)\./.test(channel)) sawOperator();
      return dispatch(handlers, channel, input, (at, thrown) => log(bugOf(at, thrown)), storeFaultOf);
    },
    onEvent(listener) {
      listeners.add(listener);
      listener({ type: 'state', state: state() });
      return () => listeners.delete(listener);
    },
    async close() {
      if (closed) return;
      clearTimeout(idle);
      desk.clear();
      fingerDesk.clear();
      await templates.close();
      await rounds.stop();
      closed = true;
      listeners.clear();
      store.close();
    },
  };
}

/** SECURITY: a bug's message may hold what was being worked on; its kind and place are enough for a log. */
function bugOf(at: string, thrown: unknown): object {
  const stack =
    thrown instanceof Error
      ? thrown.stack
          ?.split('\n')
          .slice(1, 4)
          .map((frame) => frame.trim())
      : undefined;
  return { event: 'bug', at, kind: thrown instanceof Error ? thrown.name : typeof thrown, stack };
}
