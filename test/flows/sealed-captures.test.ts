// A reader that seals for the edge, a real kiosk and a real edge: an activation whose images nobody between the glass and the edge
// could read. Afterwards nothing of a finger is on a disk or in a log, sealed bundles apart.
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { PersonLine } from '../../shared/contract/registry.ts';
import { AdminClient } from '../../worker/local/admin-client.ts';
import { demoPerson } from '../../worker/local/population/demo-people.ts';
import { demoStaff, setUpNetwork } from '../../worker/local/set-up.ts';
import { enrolledFrom, rightIndex, rightMiddle, touched } from '../demo/picture-fingers.ts';
import { type Stage, setStage } from '../demo/stage.ts';
import { filesOnDisk } from '../support/files-on-disk.ts';

const windowBytes = 24;

/** Parts of the bytes, plain and as base64url wherever they stand in a longer text. */
function partsOf(bytes: Buffer): Buffer[] {
  return [0.3, 0.5, 0.8].flatMap((share) => {
    const part = bytes.subarray(Math.floor(bytes.length * share), Math.floor(bytes.length * share) + windowBytes);
    const texts = [0, 1, 2].map((shift) =>
      Buffer.concat([Buffer.alloc(shift), part])
        .toString('base64url')
        .slice(4, -4),
    );
    return [part, Buffer.from(part.toString('hex')), ...texts.map((text) => Buffer.from(text))];
  });
}

let stage: Stage;
const secret: Buffer[] = [];
const logs: Buffer[] = [];

beforeAll(async () => {
  stage = await setStage({ reader: 'sbi' });
  for (const pipe of [stage.kiosk.process.stdout, stage.kiosk.process.stderr])
    pipe?.on('data', (chunk: Buffer) => logs.push(chunk));
  const { calls, edge, secrets, serviceUrl } = stage;
  const setUp = await setUpNetwork({ edgeUrl: edge.url, secrets, serviceUrl, people: 0, log: () => {} });
  const { record } = demoPerson('fahad');
  const fingers = await enrolledFrom('fahad');
  const line = JSON.stringify({ ...record, fingers } satisfies PersonLine);
  await new AdminClient(edge.url, secrets.adminToken).importPeople(
    (async function* () {
      yield line;
    })(),
  );
  const records = await touched('fahad', 3);
  for (const text of records) secret.push(...partsOf(Buffer.from(text, 'base64')));
  for (const { template } of fingers) secret.push(...partsOf(Buffer.from(template, 'base64url')));
  await stage.layFinger({ records });
  await calls.must('kiosk.enrol', { invitation: setUp.invitation, edge: edge.url });
  await calls.must('sync.now', {});
  const { username = '', password = '' } = demoStaff[0] ?? {};
  await calls.must('operator.login', { username, password });
});

afterAll(() => stage?.close());

const traces = () =>
  [path.join(stage.folder, 'edge'), path.join(stage.folder, 'kiosk')]
    .flatMap(filesOnDisk)
    .filter(({ content }) => secret.some((part) => content.includes(part)))
    .map(({ path }) => path);

it('activates by one sealed capture of two fingers, and leaves nothing of them behind', async () => {
  const { calls } = stage;
  const number = demoPerson('fahad').number;
  const { activationId } = await calls.must('activation.begin', { number });
  await calls.must('activation.capture', { activationId, position: rightIndex, also: [rightMiddle] });
  expect(traces()).toEqual([]);
  const outcome = await calls.must('activation.submit', { activationId });
  expect(outcome.outcome).toBe('activated');
  expect(traces()).toEqual([]);
  const written = Buffer.concat(logs);
  expect(secret.some((part) => written.includes(part))).toBe(false);
});

it('would be seen if it were there: the search finds the bytes in each spelling', () => {
  const [plain = Buffer.alloc(0)] = secret;
  const run = Buffer.concat([Buffer.from([1, 2, 3, 4, 5, 6]), plain, Buffer.from([7, 8, 9])]);
  for (const spelling of ['latin1', 'hex', 'base64url'] as const)
    expect(
      secret.some((part) => Buffer.from(run.toString(spelling), 'latin1').includes(part)),
      spelling,
    ).toBe(true);
});
