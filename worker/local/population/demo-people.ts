// Ten people with names, numbers that never change, and a finger each that a simulated reader can show. Data; ages as of 2026–2028.
// Their numbers begin with a kind's digit and a zero: the generator's own begin higher, so that the two never meet.
import type { UnifiedNumber } from '../../../shared/base/brands.ts';
import type { PersonRecord } from '../../../shared/contract/registry.ts';
import type { Name } from '../../../shared/contract/wire.ts';
import { withCheckDigit } from '../../registry/unified-number.ts';

export type DemoPerson = {
  /** Stable key for scripts. */
  readonly key: string;
  readonly number: UnifiedNumber;
  readonly record: PersonRecord;
  readonly headCover: boolean;
  /** The finger of worker/local/demo-fingers that is the right index: impressions 1–3 enrolled, 4–8 shown by the reader. */
  readonly finger: number;
  readonly position: number;
  /** What is worth trying with them. */
  readonly note: Name;
};

type Sketch = Omit<PersonRecord, 'number' | 'guardians' | 'nationality' | 'document'> & {
  readonly key: string;
  readonly nine: string;
  readonly nationality?: string;
  readonly serial: string;
  readonly expiresOn?: string;
  readonly guardians?: readonly [key: string, relation: 'father' | 'mother' | 'legal_guardian'][];
  readonly headCover: boolean;
  readonly note: Name;
};

const sketches: readonly Sketch[] = [
  {
    key: 'noura',
    nine: '100000001',
    kind: 'citizen',
    name: { ar: 'نورة سعد عبدالله الحربي', en: 'Noura Saad Abdullah Alharbi' },
    birthDate: '1991-03-14',
    sex: 'female',
    serial: 'A10000001',
    headCover: true,
    note: { ar: 'مواطنة بالغة: التفعيل بالبصمة مباشرة', en: 'an adult citizen: activated with a fingerprint' },
  },
  {
    key: 'fahad',
    nine: '100000002',
    kind: 'citizen',
    name: { ar: 'فهد محمد ناصر العتيبي', en: 'Fahad Mohammed Nasser Alotaibi' },
    birthDate: '1984-08-02',
    sex: 'male',
    serial: 'A10000002',
    headCover: true,
    note: { ar: 'مواطن بالغ، وهو والد يوسف وليان', en: 'an adult citizen, father of Yousef and Layan' },
  },
  {
    key: 'anita',
    nine: '200000003',
    kind: 'resident',
    name: { ar: 'أنيتا كومار ناير', en: 'Anita Kumar Nair' },
    birthDate: '1993-11-27',
    sex: 'female',
    nationality: 'IND',
    serial: 'R20000003',
    headCover: false,
    note: { ar: 'مقيمة', en: 'a resident' },
  },
  {
    key: 'mark',
    nine: '300000004',
    kind: 'visitor',
    name: { ar: 'مارك سانتوس', en: 'Mark Santos' },
    birthDate: '1988-05-19',
    sex: 'male',
    nationality: 'PHL',
    serial: 'V30000004',
    headCover: false,
    note: { ar: 'زائر', en: 'a visitor' },
  },
  {
    key: 'yousef',
    nine: '100000005',
    kind: 'citizen',
    name: { ar: 'يوسف فهد محمد العتيبي', en: 'Yousef Fahad Mohammed Alotaibi' },
    birthDate: '2014-09-08',
    sex: 'male',
    serial: 'A10000005',
    guardians: [['fahad', 'father']],
    headCover: false,
    note: {
      ar: 'عمره ١٢ سنة: يلزم موعد وبصمة ولي الأمر (فهد)',
      en: 'aged 12: needs an appointment and the fingerprint of his father Fahad',
    },
  },
  {
    key: 'layan',
    nine: '100000006',
    kind: 'citizen',
    name: { ar: 'ليان فهد محمد العتيبي', en: 'Layan Fahad Mohammed Alotaibi' },
    birthDate: '2018-06-21',
    sex: 'female',
    serial: 'A10000006',
    guardians: [['fahad', 'father']],
    headCover: false,
    note: { ar: 'عمرها ٨ سنوات: لا حساب قبل العاشرة', en: 'aged 8: no account before ten' },
  },
  {
    key: 'abdulaziz',
    nine: '100000007',
    kind: 'citizen',
    name: { ar: 'عبدالعزيز خالد سلمان الدوسري', en: 'Abdulaziz Khalid Salman Aldosari' },
    birthDate: '1979-01-30',
    sex: 'male',
    serial: 'A10000007',
    expiresOn: '2025-04-30',
    headCover: true,
    note: { ar: 'وثيقته منتهية: يُرفض التفعيل', en: 'the document has expired: activation is refused' },
  },
  {
    key: 'reem',
    nine: '100000008',
    kind: 'citizen',
    name: { ar: 'ريم عادل صالح الغامدي', en: 'Reem Adel Saleh Alghamdi' },
    birthDate: '2010-10-05',
    sex: 'female',
    serial: 'A10000008',
    headCover: true,
    note: { ar: 'عمرها ١٦ سنة: تُفعّل وحدها', en: 'aged 16: is activated on her own' },
  },
  {
    key: 'imran',
    nine: '200000009',
    kind: 'resident',
    name: { ar: 'عمران قريشي', en: 'Imran Qureshi' },
    birthDate: '1990-12-12',
    sex: 'male',
    nationality: 'PAK',
    serial: 'R20000009',
    headCover: false,
    note: { ar: 'مقيم: جرّب إصبع شخص آخر', en: "a resident: try somebody else's finger" },
  },
  {
    key: 'hessah',
    nine: '100000010',
    kind: 'citizen',
    name: { ar: 'حصة إبراهيم حمد التميمي', en: 'Hessah Ibrahim Hamad Altamimi' },
    birthDate: '1951-02-11',
    sex: 'female',
    serial: 'A10000010',
    headCover: true,
    note: { ar: 'مواطنة مسنّة', en: 'an elderly citizen' },
  },
];

function numberOfKey(key: string): UnifiedNumber {
  const sketch = sketches.find((candidate) => candidate.key === key);
  if (!sketch) throw new RangeError(`nobody is called ${key}`);
  return withCheckDigit(sketch.nine);
}

/** ISO/IEC 19794-2 code of the right index finger. */
const rightIndex = 2;

export const demoPeople: readonly DemoPerson[] = sketches.map((sketch, i) => {
  const number = numberOfKey(sketch.key);
  return {
    key: sketch.key,
    number,
    record: {
      number,
      kind: sketch.kind,
      name: sketch.name,
      birthDate: sketch.birthDate,
      sex: sketch.sex,
      nationality: sketch.nationality ?? 'SAU',
      document: { serial: sketch.serial, expiresOn: sketch.expiresOn ?? '2036-01-01' },
      guardians: (sketch.guardians ?? []).map(([key, relation]) => ({ number: numberOfKey(key), relation })),
    },
    headCover: sketch.headCover,
    finger: 101 + i,
    position: rightIndex,
    note: sketch.note,
  };
});

/** By key, e.g. `noura`; throws for a key that is nobody's. */
export function demoPerson(key: string): DemoPerson {
  const found = demoPeople.find((person) => person.key === key);
  if (!found) throw new RangeError(`nobody is called ${key}`);
  return found;
}
