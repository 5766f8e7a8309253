// What differs between SBI 0.9.5 and SBI 1.0, in one table. Knows no sockets.

export type Dialect = {
  readonly name: '0.9.5' | '1.0';
  readonly discover: string;
  readonly info: string;
  /** What an answer may call this version. */
  readonly spellings: readonly string[];
  /** How a request names the device. */
  readonly nameDevice: (device: { readonly deviceId: string; readonly serial: string }) => Record<string, string>;
};

export const dialects: readonly Dialect[] = [
  {
    name: '0.9.5',
    discover: 'MOSIPDISC',
    info: 'MOSIPDINFO',
    spellings: ['0.9.5'],
    nameDevice: ({ deviceId }) => ({ deviceId }),
  },
  {
    name: '1.0',
    discover: 'SBIDISC',
    info: 'SBIINFO',
    spellings: ['1.0', '1.0.0'],
    nameDevice: ({ serial }) => ({ serialNo: serial }),
  },
];

/** L0: the host signs and encrypts; L1: a chip in the reader does. 1.0 has new names for the same. */
export const certificationLevels: Readonly<Record<string, 'L0' | 'L1'>> = {
  L0: 'L0',
  L1: 'L1',
  'SBI 1.0': 'L0',
  'SBI 2.0': 'L1',
};

/** `deviceSubId` of the part of a slap reader that sees a finger: 1 left four, 2 right four, 3 thumbs; 0 where it does not matter. */
export function slapOf(position: number): '0' | '1' | '2' | '3' {
  if (position === 1 || position === 6) return '3';
  if (position >= 7 && position <= 10) return '1';
  return position >= 2 && position <= 5 ? '2' : '0';
}
