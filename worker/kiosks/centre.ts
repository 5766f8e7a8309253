// What each type of centre may do: data, so that a country changes a row and no code.
import type { CentreType } from '../../shared/contract/kiosk.ts';

export type CentrePower =
  /** Activate people of 16 and above. */
  | 'activate_adult'
  /** Activate minors, with what their age group asks for. */
  | 'activate_minor'
  /** Record an activation while the line is down. */
  | 'record_offline';

export const centrePowers: Readonly<Record<CentreType, readonly CentrePower[]>> = {
  civil_affairs: ['activate_adult', 'activate_minor', 'record_offline'],
  post_office: ['activate_adult', 'activate_minor', 'record_offline'],
  mall: ['activate_adult', 'record_offline'],
  company: ['activate_adult'],
};

export function mayDo(type: CentreType, power: CentrePower): boolean {
  return centrePowers[type].includes(power);
}
