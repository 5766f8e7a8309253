// What each type of centre may do, and each role in it: data, so that a country changes a row and no code. The edge enforces it.
import type { CentreType } from '../../shared/contract/kiosk.ts';
import type { OperatorRole } from '../store/operators.ts';

export type CentrePower =
  /** Activate people of 16 and above. */
  | 'activate_adult'
  /** Activate minors, with what their age group asks for. */
  | 'activate_minor'
  /** Activate without a finger, by exception, where a supervisor approves it. */
  | 'activate_by_exception'
  /** Record an activation while the line is down. */
  | 'record_offline';

export const centrePowers: Readonly<Record<CentreType, readonly CentrePower[]>> = {
  civil_affairs: ['activate_adult', 'activate_minor', 'activate_by_exception', 'record_offline'],
  post_office: ['activate_adult', 'activate_minor', 'activate_by_exception', 'record_offline'],
  mall: ['activate_adult', 'record_offline'],
  company: ['activate_adult'],
};

export function mayDo(type: CentreType, power: CentrePower): boolean {
  return centrePowers[type].includes(power);
}

type RolePower = 'activate' | 'approve_exception' | 'release_kiosk';

const rolePowers: Readonly<Record<OperatorRole, readonly RolePower[]>> = {
  operator: ['activate'],
  supervisor: ['activate', 'approve_exception', 'release_kiosk'],
};

export function roleMay(role: OperatorRole, power: RolePower): boolean {
  return rolePowers[role].includes(power);
}
