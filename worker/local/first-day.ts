// The first day of the local network's centre: somebody is activated by the kiosk itself, so that there is a person who can log in at
// once. Ends with what everyone at this machine may know.
import { walletPaths } from '../../shared/contract/wallet.ts';
import { AdminClient } from './admin-client.ts';
import { enrolStaffFinger } from './enrol-staff-finger.ts';
import type { KioskCalls } from './kiosk-calls.ts';
import type { LocalPerson, NetworkState } from './network-state.ts';
import type { Ports } from './places.ts';
import { demoPeople, demoPerson } from './population/demo-people.ts';
import type { LocalSecrets } from './secrets.ts';
import { demoCentre, demoStaff, type SetUp } from './set-up.ts';

/** Who is activated on the first start, and what they log in with. */
export const firstPerson = { key: 'hessah', username: 'hessah', password: 'palm trees by the sea' } as const;

/**
 * The story of a service centre, told by the kiosk's own bridge: it joins, the supervisors enrol their fingers, the operator logs in, a
 * finger is read, the operator leaves. Answers the code that the activation gave: a wallet can still be bound with it.
 */
export async function firstDay(
  kiosk: KioskCalls,
  edgeUrl: string,
  secrets: LocalSecrets,
  setUp: SetUp,
  ports: Ports,
): Promise<string> {
  const person = demoPerson(firstPerson.key);
  const [operator] = demoStaff;
  if (!operator) throw new Error('the demo has no operator');
  await kiosk.must('kiosk.enrol', { invitation: setUp.invitation, edge: edgeUrl });
  await kiosk.must('sync.now', {});
  const lay = async (id: string) => {
    const body = JSON.stringify({ id });
    const laid = await fetch(`http://localhost:${ports.reader}/admin/finger`, { method: 'POST', body });
    if (!laid.ok) throw new Error(`the reader has no finger ${id}`);
  };
  const api = new AdminClient(edgeUrl, secrets.adminToken);
  for (const staff of setUp.staff) if (staff.role === 'supervisor') await enrolStaffFinger(kiosk, api, staff, lay);
  await kiosk.must('operator.login', { username: operator.username, password: operator.password });
  await lay(person.key);
  const done = await kiosk.activate(person.number);
  if (done.outcome !== 'activated' || !done.setup)
    throw new Error(`the first activation came out ${JSON.stringify(done)}`);
  // Whoever opens the kiosk next logs in themselves.
  await kiosk.must('operator.logout', {});
  const { username, password } = firstPerson;
  const answer = await fetch(edgeUrl + walletPaths.password, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ setupCode: done.setup.code, username, password }),
  });
  if (!answer.ok) throw new Error(`the first password was refused: ${await answer.text()}`);
  return done.setup.code;
}

/** What network.json keeps of it. */
export function stateOf(edgeUrl: string, secrets: LocalSecrets, setUp: SetUp): NetworkState {
  const people: LocalPerson[] = demoPeople.map((person) => ({
    number: person.number,
    name: person.record.name,
    birthDate: person.record.birthDate,
    note: person.note,
    ...(person.key === firstPerson.key
      ? { login: { username: firstPerson.username, password: firstPerson.password } }
      : {}),
  }));
  return {
    edgeUrl,
    adminToken: secrets.adminToken,
    centre: { id: setUp.centreId, name: demoCentre.name },
    operators: setUp.staff.map(({ username, password, name, role }) => {
      const finger = role === 'supervisor' ? { finger: true } : {};
      return { username, password, name, role, ...finger };
    }),
    verifier: setUp.verifier,
    client: setUp.client,
    people,
    population: setUp.population,
  };
}
