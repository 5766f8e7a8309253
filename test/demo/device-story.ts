// `npm run demo -- --device sbi|secugen`: activations through that reader's driver: an adult, then a minor with an appointment and a
// guardian, refused without either. The SBI reader seals for the edge, in JPEG 2000, what the kiosk cannot open: pictures of a
// synthetic set, and our extractor's templates of other impressions of the same fingers are enrolled.
import type { CentreHours } from '../../shared/contract/appointment.ts';
import type { PersonLine } from '../../shared/contract/registry.ts';
import { AdminClient } from '../../worker/local/admin-client.ts';
import { KioskRefused } from '../../worker/local/kiosk-calls.ts';
import { demoPeople, demoPerson } from '../../worker/local/population/demo-people.ts';
import { seedLines } from '../../worker/local/population/seed-lines.ts';
import { demoStaff, setUpNetwork } from '../../worker/local/set-up.ts';
import type { Device } from './asked-for.ts';
import type { Play } from './demo.ts';
import { enrolledFrom, type Role, rightIndex, rightMiddle, touched } from './picture-fingers.ts';
import type { Stage } from './stage.ts';
import { expect, type Story } from './story.ts';

export function devicePlay(device: Device): Play {
  return { stage: { reader: device }, play: (stage, story) => play(stage, story, device) };
}

async function* linesFor(device: Device): AsyncGenerator<string> {
  if (device === 'secugen') return yield* seedLines({ people: demoPeople.length });
  for (const { key, record } of demoPeople) {
    const fingers = key === 'fahad' || key === 'yousef' ? await enrolledFrom(key) : [];
    yield JSON.stringify({ ...record, fingers } satisfies PersonLine);
  }
}

/** The reason with which the kiosk said no; 'none' if it did not. */
async function refusal(act: Promise<unknown>): Promise<string> {
  try {
    await act;
    return 'none';
  } catch (thrown) {
    if (thrown instanceof KioskRefused) return thrown.reason;
    throw thrown;
  }
}

/** Open day and night, so that the story can be told at any hour. */
const openAlways: CentreHours = {
  hours: [0, 1, 2, 3, 4, 5, 6].map((weekday) => ({
    ...{ weekday, opensAt: 0, closesAt: 1440, slotMinutes: 15, seats: 4 },
  })),
  closed: [],
};

async function play(stage: Stage, story: Story, device: Device): Promise<void> {
  const { calls } = stage;
  let touches = 0;
  const lay = async (role: Role) =>
    stage.layFinger(device === 'sbi' ? { records: await touched(role, (touches++ % 9) - 4) } : { id: role });
  const [fahad, yousef] = [demoPerson('fahad').number, demoPerson('yousef').number];
  const api = new AdminClient(stage.edge.url, stage.secrets.adminToken);

  const setUp = await story.tell('the authority makes keys, a centre, its staff and its hours', async (say) => {
    const made = await setUpNetwork({
      ...{ edgeUrl: stage.edge.url, secrets: stage.secrets, serviceUrl: stage.serviceUrl, people: 0, log: () => {} },
    });
    await api.call('PUT', `/v1/admin/centres/${made.centreId}/hours`, openAlways);
    say('open, slots of a quarter of an hour');
    return made;
  });

  await story.tell('a kiosk enrols, and finds its reader', async (say) => {
    await calls.must('kiosk.enrol', { invitation: setUp.invitation, edge: stage.edge.url });
    await calls.must('sync.now', {});
    const reader = await calls.must('reader.discover', {});
    expect(reader.state === 'ready', `the reader is ${reader.state}${reader.reason ? ` (${reader.reason})` : ''}`);
    say(`${reader.make} ${reader.model}, by the ${device} driver`);
  });

  await story.tell('people are registered, their fingers enrolled', async (say) => {
    const totals = await api.importPeople(linesFor(device));
    expect(totals.refused === 0 && totals.imported === demoPeople.length, `imported ${totals.imported}`);
    say(`${totals.imported} imported${device === 'sbi' ? ', templates from pictures by our extractor' : ''}`);
  });

  await story.tell('the operator logs in', async (say) => {
    const [staff] = demoStaff;
    const { username = '', password = '' } = staff ?? {};
    say((await calls.must('operator.login', { username, password })).name.en);
  });

  await story.tell('an adult is activated through this reader', async (say) => {
    await lay('fahad');
    if (device === 'secugen') {
      const outcome = await calls.activate(fahad);
      expect(outcome.outcome === 'activated', `came out ${JSON.stringify(outcome)}`);
      return say('activated by a template');
    }
    const { activationId } = await calls.must('activation.begin', { number: fahad });
    await calls.must('activation.capture', { activationId, position: rightIndex, also: [rightMiddle] });
    const outcome = await calls.must('activation.submit', { activationId });
    expect(outcome.outcome === 'activated', `came out ${JSON.stringify(outcome)}`);
    say('activated by one capture of two fingers in JPEG 2000, sealed by the reader: the kiosk saw neither');
  });

  await story.tell('a minor comes without an appointment', async (say) => {
    const reason = await refusal(calls.must('activation.begin', { number: yousef }));
    expect(reason === 'appointment_missing', `came out ${reason}`);
    say(`refused (${reason})`);
  });

  await story.tell('the desk books the next slot for him', async (say) => {
    const today = new Date((Math.floor(Date.now() / 1000) + 3 * 3600) * 1000);
    const days = [0, 1].map((ahead) => new Date(today.getTime() + ahead * 86_400_000).toISOString().slice(0, 10));
    const slots = (await Promise.all(days.map((date) => calls.must('appointment.slots', { date })))).flatMap(
      (day) => day.slots,
    );
    const next = slots.find(({ startsAt }) => startsAt > Date.now() / 1000 + 60);
    expect(next !== undefined && next.free === 4, 'no slot is free');
    const { appointment } = await calls.must('appointment.keep', {
      number: yousef,
      act: 'book',
      startsAt: next.startsAt,
    });
    expect(appointment?.state === 'booked', 'it was not booked');
    say(`in ${Math.round((next.startsAt - Date.now() / 1000) / 60)} minutes`);
  });

  const begin = async (): Promise<string> => {
    const { activationId, requires } = await calls.must('activation.begin', { number: yousef });
    expect(requires.includes('guardian_fingerprint'), 'no guardian was asked for');
    await lay('yousef');
    await calls.must('activation.capture', { activationId, position: rightIndex });
    return activationId;
  };

  await story.tell('he comes without his guardian, then with a stranger', async (say) => {
    const activationId = await begin();
    const alone = await refusal(calls.must('activation.submit', { activationId }));
    const stranger = await refusal(
      calls.must('activation.guardian', { activationId, number: demoPerson('noura').number }),
    );
    expect(alone === 'guardian_missing' && stranger === 'guardian_not_related', `came out ${alone}, ${stranger}`);
    say(`refused (${alone}), refused (${stranger})`);
  });

  const withGuardian = async (finger: Role) => {
    const activationId = await begin();
    await calls.must('activation.guardian', { activationId, number: fahad });
    await lay(finger);
    await calls.must('activation.capture', { activationId, position: rightIndex, who: 'guardian' });
    return calls.must('activation.submit', { activationId });
  };

  await story.tell('his father is named, but another finger is shown', async (say) => {
    const outcome = await withGuardian('yousef');
    expect(
      outcome.outcome === 'refused' && outcome.reason === 'guardian_no_match',
      `came out ${JSON.stringify(outcome)}`,
    );
    say(`refused by the edge (${outcome.reason})`);
  });

  await story.tell('with appointment, father, and both their fingers', async (say) => {
    const outcome = await withGuardian('fahad');
    expect(outcome.outcome === 'activated', `came out ${JSON.stringify(outcome)}`);
    const { entries } = (await api.call('GET', '/v1/admin/journal?limit=200')) as { entries: { event: string }[] };
    const verified = entries.filter(({ event }) => event === 'activation.guardian_verified');
    expect(verified.length === 1, `the journal has the guardian ${verified.length} times`);
    say('activated, the guardian is in the journal');
  });
}
