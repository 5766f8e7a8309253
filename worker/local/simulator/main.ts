// `npm run simulator -- [--port 9400] [--redirect http://localhost:3000/callback]… [--alg RS256] [--public] [--fault wrong_nonce]`: the
// provider for a service's own tests, until it is stopped. docs/integration.md says how it is used.
import { parseArgs } from 'node:util';
import { idTokenAlgs } from '../../issuer/id-token-algs.ts';
import { onNpmGone } from '../npm-gone.ts';
import { faults, isFault } from './faults.ts';
import { startSimulator } from './simulator.ts';

const usage = `npm run simulator -- [--port 9400] [--redirect http://localhost:3000/callback]… [--alg ${idTokenAlgs.join('|')}] [--public] [--fault NAME]

faults:
${Object.entries(faults)
  .map(([name, what]) => `  ${name}: ${what}`)
  .join('\n')}`;
if (process.argv.includes('--help')) {
  console.log(usage);
  process.exit(0);
}
const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '9400' },
    redirect: { type: 'string', multiple: true, default: ['http://localhost:3000/callback'] },
    alg: { type: 'string', default: 'ES256' },
    public: { type: 'boolean', default: false },
    fault: { type: 'string' },
  },
});
const port = Number(values.port);
if (!Number.isInteger(port) || port < 1024 || port > 65_534) throw new RangeError('--port takes 1024 to 65534');
if (values.fault !== undefined && !isFault(values.fault)) {
  console.error(`no fault called ${values.fault}; there are:`);
  for (const [name, what] of Object.entries(faults)) console.error(`  ${name}: ${what}`);
  process.exit(2);
}
const alg = idTokenAlgs.find((one) => one === values.alg);
if (!alg) {
  console.error(`--alg takes ${idTokenAlgs.join(', ')}`);
  process.exit(2);
}
const { fault, redirect: redirectUris, public: publicClient } = values;
const options = { port, redirectUris, alg, publicClient };
const simulator = await startSimulator({ ...options, ...(fault === undefined ? {} : { fault }) });
console.log(`issuer         ${simulator.issuer}`);
console.log(`client_id      ${simulator.client.clientId}`);
console.log(`client_secret  ${publicClient ? 'none: a public client' : simulator.client.clientSecret}`);
for (const person of simulator.people)
  console.log(`person         login_hint=${person.name}, or ${person.username} / ${person.password} on the page`);
console.log(
  `fault          ${fault ?? `none; of one login: login_hint="reem fault:${Object.keys(faults).join('|')}"`}`,
);
const stop = () => void simulator.stop().then(() => process.exit(0));
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop);
onNpmGone(stop);
