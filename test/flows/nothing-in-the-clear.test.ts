// After activations through a real edge and a real kiosk: no template and no unified number anywhere on the disk or in a log. Whole
// files are searched (SQLite with its WAL, R2's blobs, Durable Objects), in every spelling that a leak could have.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CentreHours } from '../../shared/contract/appointment.ts';
import { AdminClient } from '../../worker/local/admin-client.ts';
import { demoPerson } from '../../worker/local/population/demo-people.ts';
import { demoCaptures, demoFingers } from '../../worker/local/population/enrolled-fingers.ts';
import { seedLines } from '../../worker/local/population/seed-lines.ts';
import { demoStaff, setUpNetwork } from '../../worker/local/set-up.ts';
import { type Stage, setStage } from '../demo/stage.ts';
import { filesOnDisk } from '../support/files-on-disk.ts';

const cast = ['noura', 'fahad', 'yousef', 'reem'] as const;

/** Long enough that no other data has it by chance. */
const windowBytes = 24;

type Needle = { readonly what: string; readonly bytes: Buffer };

/** Base64 of the bytes wherever they stand in a longer run: three alignments, the characters at the seams left out. */
function base64Forms(bytes: Buffer): string[] {
  return [0, 1, 2].flatMap((shift) => {
    const text = Buffer.concat([Buffer.alloc(shift), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    const core = text.slice(shift === 0 ? 0 : 4, -4);
    return [core, core.replaceAll('+', '-').replaceAll('/', '_')];
  });
}

function needlesOf(what: string, template: Uint8Array): Needle[] {
  // Minutiae begin after the two headers; windows at the start, the middle and the end of them.
  const [first, last] = [30, template.length - windowBytes - 4];
  return [first, Math.floor((first + last) / 2), last].flatMap((at) => {
    const bytes = Buffer.from(template.subarray(at, at + windowBytes));
    const texts = [...base64Forms(bytes), bytes.toString('hex'), bytes.toString('hex').toUpperCase(), bytes.join(',')];
    return [{ what, bytes }, ...texts.map((text) => ({ what, bytes: Buffer.from(text) }))];
  });
}

function found(needles: readonly Needle[], place: string, content: Buffer): string[] {
  return needles.filter(({ bytes }) => content.includes(bytes)).map(({ what }) => `${what} in ${place}`);
}

let stage: Stage;
let templates: Needle[];
let numbers: Needle[];
const logs: Buffer[] = [];
const outcomes: string[] = [];
const restore: (() => void)[] = [];

/** The edge's workerd writes to this process, the kiosk to pipes. */
function listen(): void {
  for (const stream of [process.stdout, process.stderr]) {
    const write = stream.write.bind(stream);
    stream.write = ((chunk: string | Uint8Array, ...more: never[]) => {
      logs.push(Buffer.from(chunk as Uint8Array));
      return write(chunk as string, ...more);
    }) as typeof stream.write;
    restore.push(() => {
      stream.write = write;
    });
  }
}

function listenToKiosk(): void {
  for (const pipe of [stage.kiosk.process.stdout, stage.kiosk.process.stderr])
    pipe?.on('data', (chunk: Buffer) => logs.push(chunk));
}

beforeAll(async () => {
  templates = [];
  numbers = [];
  for (const key of cast) {
    const person = demoPerson(key);
    numbers.push({ what: `${key}’s number`, bytes: Buffer.from(person.number) });
    for (const { template } of await demoFingers(person))
      templates.push(...needlesOf(`${key}’s enrolled template`, Buffer.from(template, 'base64url')));
    for (const capture of await demoCaptures(person)) templates.push(...needlesOf(`${key}’s capture`, capture));
  }
  listen();
  stage = await setStage();
  listenToKiosk();
  const { calls, edge, secrets, serviceUrl } = stage;
  const setUp = await setUpNetwork({ edgeUrl: edge.url, secrets, serviceUrl, people: 0, log: () => {} });
  const api = new AdminClient(edge.url, secrets.adminToken);
  const hours = [0, 1, 2, 3, 4, 5, 6].map((weekday) => ({
    ...{ weekday, opensAt: 0, closesAt: 1440, slotMinutes: 15, seats: 4 },
  }));
  await api.call('PUT', `/v1/admin/centres/${setUp.centreId}/hours`, { hours, closed: [] } satisfies CentreHours);
  await api.importPeople(seedLines({ people: 10 }));
  await calls.must('kiosk.enrol', { invitation: setUp.invitation, edge: edge.url });
  await calls.must('sync.now', {});
  const [operator] = demoStaff;
  const login = { username: operator?.username ?? '', password: operator?.password ?? '' };
  await calls.must('operator.login', login);
  const numberOf = (key: (typeof cast)[number]) => demoPerson(key).number;
  const [noura, fahad, yousef, reem] = [numberOf('noura'), numberOf('fahad'), numberOf('yousef'), numberOf('reem')];
  const lay = (key: string) => stage.layFinger({ id: key });

  // Another's finger, then the right one; a minor with a guardian; one that waits for the line, and one left half done.
  await lay('fahad');
  outcomes.push((await calls.activate(noura)).outcome);
  await lay('noura');
  outcomes.push((await calls.activate(noura)).outcome);
  // The next slot that does not begin while it is being booked.
  const startsAt = (Math.floor((Date.now() + 60_000) / 900_000) + 1) * 900;
  await calls.must('appointment.keep', { number: yousef, act: 'book', startsAt });
  const { activationId } = await calls.must('activation.begin', { number: yousef });
  await calls.must('activation.guardian', { activationId, number: fahad });
  await lay('fahad');
  await calls.must('activation.capture', { activationId, position: 2, who: 'guardian' });
  await lay('yousef');
  await calls.must('activation.capture', { activationId, position: 2 });
  outcomes.push((await calls.must('activation.submit', { activationId })).outcome);
  // A reader that fails in the middle of it makes the kiosk write a line.
  const status = (deviceStatus: string) =>
    fetch(new URL('/admin/status', String(stage.reader.ready['url'])), {
      ...{ method: 'POST', body: JSON.stringify({ deviceStatus }) },
    });
  const unlucky = await calls.must('activation.begin', { number: reem });
  await status('Busy');
  const failed = calls.must('activation.capture', { activationId: unlucky.activationId, position: 2 });
  await expect(failed).rejects.toThrow('reader_busy');
  await status('Ready');
  stage.line.cut();
  await lay('reem');
  outcomes.push((await calls.activate(reem)).outcome);
  const left = await calls.must('activation.begin', { number: fahad });
  await lay('fahad');
  await calls.must('activation.capture', { activationId: left.activationId, position: 2 });
});

afterAll(async () => {
  await stage?.close();
  for (const undo of restore) undo();
});

const searched = () =>
  [path.join(stage.folder, 'edge'), path.join(stage.folder, 'kiosk')]
    .flatMap(filesOnDisk)
    .map(({ path: file, content }) => [path.relative(stage.folder, file), content] as const);

describe('after activations', () => {
  it('everything happened that could leave a trace', () => {
    expect(outcomes).toEqual(['refused', 'activated', 'activated', 'recorded']);
    const names = searched().map(([name]) => name);
    expect(names.filter((name) => name.startsWith('kiosk/')).length).toBeGreaterThan(1);
    expect(names.filter((name) => name.endsWith('.sqlite')).length).toBeGreaterThan(5);
  });

  it('the search finds a template in every spelling, and a number', () => {
    const [template = Buffer.alloc(0)] = templates.map(({ bytes }) => bytes);
    for (let shift = 0; shift < 3; shift++) {
      const run = Buffer.concat([Buffer.alloc(shift, 7), template, Buffer.alloc(5, 9)]);
      for (const spelling of ['base64', 'base64url', 'hex', 'latin1'] as const)
        expect(found(templates, 'x', Buffer.from(run.toString(spelling), 'latin1')), spelling).not.toEqual([]);
    }
    expect(found(numbers, 'x', Buffer.from(`{"number":"${demoPerson('noura').number}"}`))).toEqual([
      'noura’s number in x',
    ]);
    // The reader's own list has them all: what it holds is its business, and that the search sees it is ours.
    const reader = readFileSync(path.join(stage.folder, 'reader-fingers.json'));
    expect(found(templates, 'x', reader).length).toBeGreaterThan(10);
  });

  it('no template is in a database, a blob or the kiosk’s state', () => {
    expect(searched().flatMap(([name, content]) => found(templates, name, content))).toEqual([]);
  });

  it('no unified number is there either', () => {
    expect(searched().flatMap(([name, content]) => found(numbers, name, content))).toEqual([]);
  });

  it('and neither is in what the edge and the kiosk wrote to their logs', () => {
    const written = Buffer.concat(logs);
    expect(written.toString()).toContain('reader_busy');
    expect(found([...templates, ...numbers], 'the logs', written)).toEqual([]);
  });
});
