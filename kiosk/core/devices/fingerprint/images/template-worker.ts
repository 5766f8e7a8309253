// The thread that turns images into templates, so that screens and locks do not wait for it. Overwrites what it was given.
import { parentPort } from 'node:worker_threads';
import { loadJpeg2000 } from './jpeg2000.ts';
import { makeTemplate } from './make-template.ts';
import type { TemplateWork } from './template-maker.ts';

const jpeg2000 = loadJpeg2000();

parentPort?.on('message', async ({ id, record, position }: TemplateWork) => {
  const made = await makeTemplate(record, position, jpeg2000);
  record.fill(0);
  parentPort?.postMessage({ id, made }, made.ok ? [made.value.template.buffer as ArrayBuffer] : []);
});
