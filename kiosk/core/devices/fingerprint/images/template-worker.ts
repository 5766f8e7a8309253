// The thread that turns images into templates, so that screens and locks do not wait for it. Overwrites what it was given.
import { parentPort } from 'node:worker_threads';
import { makeTemplate } from './make-template.ts';
import type { TemplateWork } from './template-maker.ts';

parentPort?.on('message', async ({ id, record, position }: TemplateWork) => {
  const made = await makeTemplate(record, position);
  record.fill(0);
  parentPort?.postMessage({ id, made }, made.ok ? [made.value.template.buffer as ArrayBuffer] : []);
});
