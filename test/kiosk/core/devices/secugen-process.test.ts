// `npm run device -- secugen` as its own process, with the certificate it makes for itself.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { readerOf } from '../../../../kiosk/core/devices/fingerprint/choose-reader.ts';

const command = path.resolve(import.meta.dirname, '../../../../kiosk/core/devices/fingerprint/simulated.ts');
const run = (...args: string[]) => spawn(process.execPath, [command, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });

test('says where it is and what its certificate is, is read with that pin, and ends when asked', async () => {
  const child = run('secugen', '--port', '0', '--https', '--finger', 'somebody');
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  const ready = JSON.parse(line) as { url: string; certificateSha256: string };
  const reader = readerOf(`secugen:${ready.url}`, ready.certificateSha256);
  const captured = await reader?.capture('secugen', { positions: [2], minQuality: 40, timeoutMs: 30_000 });
  expect(captured).toMatchObject({ ok: true, value: [{ kind: 'template' }] });
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([0, null]);
});

test('says how it is used when it is asked for something else', async () => {
  const child = run('iris', '--port', '0');
  let said = '';
  child.stderr.on('data', (part: Buffer) => {
    said += part.toString();
  });
  expect(await once(child, 'exit')).toEqual([2, null]);
  expect(said).toContain('npm run device -- secugen');
});

test.each([
  ['secugen:not a url', undefined],
  ['unknown:http://localhost', undefined],
  ['secugen', undefined],
])('the setting %j names no reader', (text, reader) => {
  expect(readerOf(text, undefined)).toBe(reader);
});
test('a pin that is no SHA-256 is refused', () => {
  expect(readerOf('secugen:https://localhost:8443', 'abc')).toBeUndefined();
});
