// Appointments at the desk of a centre.
import type { booking as shape } from '../en/booking.ts';
import { formatNumber, plural } from '../format.ts';

export const booking: typeof shape = {
  tile: 'المواعيد',
  tileHint: 'احجز أو انقل أو ألغِ، أو أثبت حضور صاحب الموعد.',
  title: 'موعد من؟',
  needsLine: {
    what: 'الخط مقطوع: لا يمكن عرض المواعيد أو تغييرها الآن',
    next: 'القاصر الذي له موعد وحضر في وقته يمكن تسجيله مع ذلك، وتتحقق الشبكة من الموعد لاحقًا.',
  },
  today: 'اليوم في هذا المركز',
  todayNone: 'لم يحجز أحد اليوم.',
  counts: (booked: number, came: number, missed: number) =>
    `المنتظَرون ${formatNumber('ar', booked)} · حضر ${formatNumber('ar', came)} · لم يحضر ${formatNumber('ar', missed)}`,
  states: { booked: 'منتظَر', came: 'حضر', kept: 'حضر', no_show: 'لم يحضر', cancelled: 'ملغى' },
  current: 'الموعد القائم',
  none: 'لا يوجد موعد قائم.',
  when: 'الوقت',
  where: 'المكان',
  here: 'هذا المركز',
  state: 'الحالة',
  arrive: 'حضر صاحب الموعد',
  arrived: 'أُثبت حضور صاحب الموعد.',
  move: 'انقل الموعد',
  cancelIt: 'ألغِ الموعد',
  cancelSure: 'أتلغي هذا الموعد نهائيًا؟',
  cancelYes: 'نعم، ألغِه',
  cancelNo: 'لا، أبقِه',
  cancelled: 'أُلغي الموعد.',
  booked: 'حُجز الموعد.',
  moved: 'نُقل الموعد.',
  choose: 'اختر وقتًا',
  centre: 'المركز',
  day: 'اليوم',
  closed: 'مغلق',
  time: 'الساعة',
  noSlots: 'لم يبق وقت في هذا اليوم. اختر يومًا آخر أو مركزًا آخر.',
  noHours: 'لا يستقبل هذا المركز بموعد.',
  free: (count: number) =>
    plural('ar', count, {
      zero: 'لا مقعد',
      one: 'مقعد واحد',
      two: 'مقعدان',
      few: '# مقاعد',
      many: '# مقعدًا',
      other: '# مقعد',
    }),
  full: 'مكتمل',
  book: 'احجز',
  moveHere: 'انقل إلى هذا الوقت',
  another: 'شخص آخر',
};
