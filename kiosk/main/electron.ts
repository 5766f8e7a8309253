// The entry of the Electron app: reads the settings and starts the shell. Bundled to dist/electron/main.mjs.
import path from 'node:path';
import { parseArgs } from 'node:util';
import { app } from 'electron';
import { startShell } from './main.ts';

const { values } = parseArgs({
  // Electron and Chromium take flags of their own from the same line.
  strict: false,
  options: {
    windowed: { type: 'boolean' },
    reader: { type: 'string' },
    'reader-pin': { type: 'string' },
    edge: { type: 'string' },
  },
});

startShell({
  page: path.join(import.meta.dirname, '../kiosk'),
  preload: path.join(import.meta.dirname, 'preload.cjs'),
  templateWorker: path.join(import.meta.dirname, 'template-worker.mjs'),
  windowed: values['windowed'] === true,
  reader: typeof values['reader'] === 'string' ? values['reader'] : 'secugen:https://localhost:8443',
  ...(typeof values['reader-pin'] === 'string' ? { readerPin: values['reader-pin'] } : {}),
  ...(typeof values['edge'] === 'string' ? { edge: values['edge'] } : {}),
}).catch((thrown: unknown) => {
  process.stderr.write(`the kiosk cannot start: ${thrown instanceof Error ? thrown.message : String(thrown)}\n`);
  app.exit(1);
});
