// The verifier page of the edge.
import type { verifier as shape } from '../en/verifier.ts';
import { formatAge } from '../format.ts';

export const verifier: typeof shape = {
  title: 'تحقق من رمز هوية',
  lead: 'امسح الرمز فتعرف فورًا أصحيح هو وسارٍ أم لا. يتم التحقق في هذا الجهاز، ولا يغادره شيء عن صاحب الهوية.',
  idle: 'تظهر النتيجة هنا',
  idleHint: 'امسح رمزًا بالكاميرا، أو اختر صورة له، أو ألصق نصه.',
  next: 'تحقق من رمز آخر',
  checking: 'يجري التحقق',
  contexts: {
    label: 'أين تتحقق؟',
    counter: 'عند منصة خدمة',
    gate: 'عند بوابة',
    age: 'العمر فقط',
    border: 'عند حدود',
  },
  lists: {
    loading: 'تُجلب القوائم التي يجري التحقق بها',
    ready: (seconds: number) => `القوائم محدّثة ${formatAge('ar', seconds)}`,
    offline: (seconds: number) => `لا شبكة: يجري التحقق بقوائم وصلت ${formatAge('ar', seconds)}`,
    slow: 'الشبكة بطيئة، والقوائم في طريقها.',
    missing: {
      what: 'لم تصل بعد القوائم التي يجري التحقق بها',
      next: 'اتصل بالشبكة وأعد المحاولة. من دونها لا يُقبل شيء.',
    },
    refused: {
      what: 'القوائم التي وصلت ليست موقّعة كما يجب',
      next: 'لا تعتمد على هذه الصفحة. أعد تحميلها، وأبلغ إن تكرر ذلك.',
    },
    forked: {
      what: 'وصلت قائمة أخرى برقم القائمة التي هنا نفسه',
      next: 'لا تعتمد على هذه الصفحة. أبلغ الجهة المشرفة فورًا: فقد يكون أحد يوقّع قوائم زائفة.',
    },
    refresh: 'حدّث القوائم',
  },
  noScript: 'تحتاج هذه الصفحة إلى JavaScript: يتم التحقق في متصفحك لئلا يغادره شيء عن صاحب الهوية.',
};
