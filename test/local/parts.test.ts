// What is done about a part that falls, with parts that are promises. With real processes and real kills: start.test.ts.
import { expect, it } from 'vitest';
import { type Running, watchParts } from '../../worker/local/parts.ts';

/** A part that falls when it is told to. */
function part() {
  const { promise, resolve } = Promise.withResolvers<string>();
  const running: Running = { ended: promise, stop: () => Promise.resolve(resolve('SIGTERM')) };
  return { running, fall: () => resolve('SIGKILL') };
}

const until = async (holds: () => boolean) => expect.poll(holds, { timeout: 3000, interval: 20 }).toBe(true);

it('starts a part again once, says both, and leaves it down when it falls at once again', async () => {
  const lines: string[] = [];
  const parts = watchParts((line) => void lines.push(line));
  const [first, second] = [part(), part()];
  let starts = 0;
  const again = async () => {
    starts++;
    return second.running;
  };
  const stop = parts.keep({ name: 'reader', first: first.running, again });
  first.fall();
  await until(() => lines.length === 2);
  expect(lines).toEqual([
    'the simulated reader ended by itself (SIGKILL): it is started again',
    'the simulated reader had ended by itself and runs again, with what it kept',
  ]);
  expect(parts.falls()).toMatchObject([{ part: 'reader', standing: 'again' }]);
  second.fall();
  await until(() => lines.length === 3);
  expect(lines[2]).toContain('is gone (SIGKILL) and stays so: end all with Ctrl+C and run npm start again');
  expect(parts.falls()).toMatchObject([{ part: 'reader', standing: 'gone' }]);
  expect(starts).toBe(1);
  await stop();
});

it('says that a part is gone when it cannot be started again', async () => {
  const lines: string[] = [];
  const parts = watchParts((line) => void lines.push(line));
  const first = part();
  const stop = parts.keep({
    name: 'kiosk',
    first: first.running,
    again: () => Promise.reject(new Error('no')),
  });
  first.fall();
  await until(() => parts.falls()[0]?.standing === 'gone');
  expect(lines[1]).toContain('the kiosk is gone');
  await stop();
});

it('says nothing of a part that ends with the network, and starts nothing', async () => {
  const lines: string[] = [];
  const parts = watchParts((line) => void lines.push(line));
  const [first, second] = [part(), part()];
  const stopped = parts.keep({ name: 'kiosk', first: first.running, again: () => Promise.resolve(second.running) });
  await stopped();
  // Ctrl+C reaches the part before it reaches npm start.
  const other = part();
  const stopOther = parts.keep({ name: 'reader', first: other.running, again: () => Promise.resolve(second.running) });
  other.fall();
  await stopOther();
  expect([lines, parts.falls()]).toEqual([[], []]);
});
