// `npm run reset`: forgets the local network: people, keys, kiosk, everything under .state. Refuses while it runs.
import { rmSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { claimPort, PortBusyError } from './network.ts';
import { defaultStateDir, portsFrom } from './places.ts';

const { values } = parseArgs({ options: { state: { type: 'string' }, port: { type: 'string' } } });
try {
  await claimPort(portsFrom(values.port).edge, 'a network that still runs');
} catch (error) {
  if (!(error instanceof PortBusyError)) throw error;
  console.error(`${error.message}: stop it first (Ctrl+C in its terminal).`);
  process.exit(1);
}
rmSync(values.state ?? defaultStateDir, { recursive: true, force: true });
console.log('The local network is forgotten. `npm start` makes a new one.');
