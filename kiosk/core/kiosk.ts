// The kiosk, put together: store, clock, edge, reader, desk, verifier, sync, behind the bridge's table of acts. Everything it
// needs of the world is handed in; it knows no Electron, no screen and no file but the store's directory.
import { err, ok } from '../../shared/base/result.ts';
import { encodeHex } from '../../shared/bytes/hex.ts';
import type { Channel, KioskEvent, KioskState, Output } from '../bridge/contract.ts';
import { dispatch, type Handlers } from '../bridge/dispatch.ts';
import { ActivationDesk } from './activation/desk.ts';
import { type Clock, KioskClock } from './clock.ts';
import type { FingerprintDriver, ReaderInfo } from './devices/fingerprint/driver.ts';
import { templateMaker } from './devices/fingerprint/images/template-maker.ts';
import { EdgeClient } from './edge/edge-client.ts';
import { edgeKeyOf } from './edge/key.ts';
import { enrolKiosk } from './enrolment/enrol-kiosk.ts';
import { logInOperator, logOutOperator } from './operator/operator-duty.ts';
import type { ListName } from './store/lists.ts';
import { openStore } from './store/store.ts';
import type { KeyVault } from './store/vault.ts';
import { Courier } from './sync/courier.ts';
import { Lists } from './sync/lists.ts';
import { syncNow } from './sync/sync.ts';
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
  const lists = new Lists({ lists: store.lists, identity: store.identity, clock });
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

  let line: KioskState['line']['state'] = 'unknown';
  const watchedFetch: typeof fetch = async (input, init) => {
    try {
      const response = await fetch(input, init);
      setLine('up');
      return response;
    } catch (thrown) {
      setLine('down');
      throw thrown;
    }
  };
  function setLine(seen: typeof line) {
    if (seen === line) return;
    line = seen;
    changed();
  }

  const clientOf = (edge: string) =>
    new EdgeClient({
      edge,
      fetch: watchedFetch,
      now: () => clock.now(),
      software,
      ...(via ? { via } : {}),
      ...(backoffMs ? { backoffMs } : {}),
    });
  let connection:
    | { readonly client: EdgeClient; readonly key: ReturnType<typeof edgeKeyOf>; readonly kioskId: string }
    | undefined;
  const edge = () => {
    if (connection) return connection;
    const self = store.identity.load();
    if (!self || self.state === 'joining') return undefined;
    connection = { client: clientOf(self.edge), key: edgeKeyOf(self, self.kioskId), kioskId: self.kioskId };
    return connection;
  };

  const courier = new Courier({ outbox: store.outbox, clock, lists, edge, changed });
  let syncing: { readonly all: boolean; readonly done: ReturnType<typeof syncNow> } | undefined;
  /** One round at a time; who asks for everything to be sent does not get the answer of a round that sends only what is due. */
  const sync = async (all: boolean): ReturnType<typeof syncNow> => {
    while (syncing && all && !syncing.all) await syncing.done.catch(() => undefined);
    if (syncing) return syncing.done;
    const done = syncNow({ store, clock, lists, courier, edge }, { all }).finally(() => {
      syncing = undefined;
      changed();
    });
    syncing = { all, done };
    return done;
  };
  let reader: KioskState['reader'] = { state: 'unknown' };
  let readerId = '';
  const templates = templateMaker(options.templateWorker);
  const desk = new ActivationDesk({
    store,
    clock,
    edge,
    courier,
    reader: options.reader,
    readerId: () => readerId,
    templateMaker: templates,
    random,
    refresh: () => sync(false),
    emit,
    changed,
  });
  const verifier = new Verifier({ lists, checks: store.checks, clock });
  const operatorNeeds = { operators: store.operators, clock, edge };

  function listState(name: ListName): KioskState['lists']['trustList'] {
    const held = lists.stored(name);
    if (!held) return undefined;
    const { version, fetchedAt, confirmedAt, sha256 } = held;
    return {
      version,
      fetchedAt,
      ageSeconds: Math.max(0, clock.now() - confirmedAt),
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
      line: { state: line, ...(lastContactAt === undefined ? {} : { lastContactAt }) },
      lists: { ...(trustList ? { trustList } : {}), ...(statusList ? { statusList } : {}) },
      outbox: store.outbox.counts(),
      reader,
      ...(session ? { operator: { ...session.operator, expiresAt: session.expiresAt } } : {}),
      ...(activation ? { activation } : {}),
    };
  }

  async function discoverReader(): Promise<KioskState['reader']> {
    const found = await options.reader.discover(AbortSignal.timeout(10_000));
    if (!found.ok) {
      log({ event: 'reader.discover', ...found.error });
      reader = { state: found.error.reason === 'reader_busy' ? 'busy' : 'failed', reason: found.error.reason };
    } else {
      const [first] = found.value;
      readerId = first?.id ?? '';
      reader = first ? readerState(first) : { state: 'absent' };
    }
    changed();
    return reader;
  }

  /** What a capture shows of the reader: it works, it is gone, or the reason says nothing about it. */
  function sawReader(reason: string | undefined) {
    const { make, model, serial } = reader;
    const about = { ...(make ? { make } : {}), ...(model ? { model } : {}), ...(serial ? { serial } : {}) };
    if (reason === undefined) reader = { state: 'ready', ...about };
    else if (reason === 'reader_not_found' || reason === 'reader_unplugged') reader = { state: 'absent' };
    else if (reason === 'reader_unreachable') reader = { state: 'failed', reason };
  }

  const handlers: Handlers = {
    'state.get': () => ok(state()),
    'kiosk.enrol': async ({ invitation, edge: address }) => {
      const enrolled = await enrolKiosk({ identity: store.identity, clock, clientOf, software }, invitation, address);
      if (!enrolled.ok) return enrolled;
      connection = undefined;
      lists.forget();
      await sync(true);
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
    'activation.begin': async ({ number }) => desk.begin(number),
    'activation.capture': async ({ activationId, position }) => {
      // A reader that was plugged in, or came back, since it was last looked for.
      if (reader.state !== 'ready' && desk.state) await discoverReader();
      const captured = await desk.capture(activationId, position);
      if (!captured.ok) log({ event: 'activation.capture', reason: captured.error.reason });
      sawReader(captured.ok ? undefined : captured.error.reason);
      return captured;
    },
    'activation.submit': ({ activationId }) => desk.submit(activationId),
    'activation.cancel': ({ activationId }) => {
      const cancelled = desk.cancel(activationId);
      return cancelled.ok ? ok({}) : cancelled;
    },
    'verifier.check': async ({ text, context }) => ok(await verifier.check(text, context)),
    'verifier.recent': ({ limit }) => ok({ checks: store.checks.recent(limit) }),
    'sync.now': () => sync(true),
    'outbox.list': ({ limit }) => ok({ items: store.outbox.list(limit) }),
    'outbox.open': ({ activationId }) => {
      if (!store.operators.onDuty(clock.now())) return err({ reason: 'no_operator' });
      const entry = store.outbox.find(activationId);
      if (!entry) return err({ reason: 'activation_unknown' });
      const issued = store.outbox.issued(activationId);
      return issued ? ok({ reference: entry.reference, ...issued }) : err({ reason: 'not_activated' });
    },
  };

  function leaveDuty() {
    desk.clear();
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

  // What waited through a restart goes now; after that each kiosk at its own moment, so that a fleet does not ask in step.
  let timer: NodeJS.Timeout | undefined;
  const syncAndAgain = async () => {
    await sync(false).catch((thrown: unknown) => log(bugOf('sync', thrown)));
    if (closed) return;
    const [byte = 0] = random(1);
    timer = setTimeout(() => void syncAndAgain(), options.syncEverySeconds * (800 + (byte * 400) / 255));
    timer.unref();
  };
  if (options.syncEverySeconds > 0) void syncAndAgain();

  return {
    call(channel, input) {
      if (/^(operator|activation|outbox)\./.test(channel)) sawOperator();
      return dispatch(handlers, channel, input, (at, thrown) => log(bugOf(at, thrown)));
    },
    onEvent(listener) {
      listeners.add(listener);
      listener({ type: 'state', state: state() });
      return () => listeners.delete(listener);
    },
    async close() {
      if (closed) return;
      clearTimeout(timer);
      clearTimeout(idle);
      desk.clear();
      await templates.close();
      await syncing?.done.catch(() => undefined);
      closed = true;
      listeners.clear();
      store.close();
    },
  };
}

function readerState({ status, make, model, serial }: ReaderInfo): KioskState['reader'] {
  const about = { make, model, serial };
  switch (status) {
    case 'ready':
      return { state: 'ready', ...about };
    case 'busy':
      return { state: 'busy', ...about, reason: 'reader_busy' };
    case 'not_ready':
      return { state: 'failed', ...about, reason: 'reader_not_ready' };
    case 'not_registered':
      return { state: 'failed', ...about, reason: 'reader_not_registered' };
  }
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
