// A supervisor enrols their own finger at the kiosk, as in a service centre: they log in, the authority's one-time code, the finger
// three times. Their finger is made up from a seed and is on the simulated reader's list.
import type { Name } from '../../shared/contract/wire.ts';
import type { AdminClient } from './admin-client.ts';
import type { KioskCalls } from './kiosk-calls.ts';

/** What a simulated reader's list has of a member of staff. */
export type StaffFinger = {
  readonly id: string;
  readonly label: Name;
  readonly finger: { readonly seed: string };
};

/** By the user name: the same person has the same finger at every start. */
export function staffFinger({ username, name }: { readonly username: string; readonly name: Name }): StaffFinger {
  const label = { ar: `${name.ar} (مشرف)`, en: `${name.en} (supervisor)` };
  return { id: `staff-${username}`, label, finger: { seed: `staff/${username}` } };
}

/** Right index. */
const position = 2;
const mostTries = 6;

/** The kiosk is enrolled and nobody is on duty at it, before and after. `lay` puts the finger with this id on the reader. */
export async function enrolStaffFinger(
  kiosk: Pick<KioskCalls, 'must'>,
  api: Pick<AdminClient, 'call'>,
  staff: { readonly id: string; readonly username: string; readonly password: string; readonly name: Name },
  lay: (id: string) => Promise<void>,
): Promise<void> {
  const { username, password } = staff;
  await kiosk.must('operator.login', { username, password });
  const made = (await api.call('POST', `/v1/admin/operators/${staff.id}/finger-code`)) as { code: string };
  await lay(staffFinger(staff).id);
  let enrolling = await kiosk.must('finger.begin', {});
  const { enrolmentId } = enrolling;
  for (let i = 0; i < mostTries && !enrolling.ready; i++) {
    enrolling = await kiosk.must('finger.capture', { enrolmentId, position });
  }
  await kiosk.must('finger.submit', { enrolmentId, code: made.code });
  await kiosk.must('operator.logout', {});
}
