// Words of a verdict and of the scanner, used by both houses' screens.
import type { outcomes as outcomesShape, scanner as scannerShape, verdict as verdictShape } from '../en/verdict.ts';
import { formatAge, formatNumber } from '../format.ts';

export const outcomes: typeof outcomesShape = {
  accepted: { title: 'صحيحة وسارية', short: 'مقبول' },
  copy: { title: 'نسخة صحيحة: قارن الوجه', short: 'مقبولة إن كان هو نفسه' },
  rejected: { title: 'لا تقبل هذا الرمز', short: 'مرفوض' },
  undecided: { title: 'تعذّر الحكم هنا', short: 'غير محسوم' },
};

export const verdict: typeof verdictShape = {
  profiles: {
    S: 'نسخة: قارن الوجه',
    D: 'رمز حيّ من هاتف صاحبه',
    C: 'رمز حيّ أجاب عن سؤالك',
    A: 'تصريح عمر',
  },
  copyWarning: 'الرمز المطبوع أو المحفوظ قد يُعار. لا تقبله إلا إذا كان الحاضر أمامك هو صاحب الصورة.',
  faceOf: 'صورة صاحب الهوية',
  noFace: 'لا صورة في هذا الرمز',
  faceNotShown: 'هذا الجهاز لا يعرض صورة هذا الرمز',
  copyUnseen: 'الرمز المطبوع أو المحفوظ قد يُعار، ولا وجه هنا تقارن به. اطلب رمزًا حيًّا أو وثيقة بصورة.',
  claims: {
    name: 'الاسم',
    nameLatin: 'الاسم بالحروف اللاتينية',
    nameArabic: 'الاسم بالعربية',
    number: 'الرقم الموحد',
    birthDate: 'تاريخ الميلاد',
    sex: 'الجنس',
    nationality: 'الجنسية',
    ageAtLeast: 'العمر',
    documentUntil: 'الوثيقة سارية حتى',
  },
  sexes: { male: 'ذكر', female: 'أنثى', other: 'غير ذلك' },
  years: (years: string) => `${years} عامًا فأكثر`,
  noClaims: 'لا يُعرض عليك شيء عن صاحب الهوية في هذا السؤال.',
  checkedAt: (time: string) => `وقت التحقق: ${time}`,
  lists: {
    trust: 'قائمة جهات الإصدار',
    status: 'قائمة الملغيّات',
    age: (seconds: number) => `حُدّثت ${formatAge('ar', seconds)}`,
    never: 'لم تصل قط',
    heading: 'على أي أساس تم التحقق',
    version: (version: number) => `الإصدار ${formatNumber('ar', version)}`,
  },
  border: 'لا تصلح لعبور الحدود.',
};

export const scanner: typeof scannerShape = {
  heading: 'أرِ الكاميرا الرمز',
  starting: 'يجري تشغيل الكاميرا',
  looking: 'يجري البحث عن رمز',
  hold: 'أمسك الرمز مستويًا حتى يملأ الإطار، وارفع سطوع الهاتف.',
  camera: 'الكاميرا',
  start: 'امسح بالكاميرا',
  stop: 'أوقف الكاميرا',
  chooseImage: 'اختر صورة للرمز',
  paste: 'ألصق النص أو اكتبه',
  pasteLabel: 'نص الرمز',
  pasteHint: 'كما أعطاه قارئ آخر، بكل حروفه.',
  checkText: 'تحقق من النص',
  imageWithoutCode: {
    what: 'لم يُعثر على رمز في هذه الصورة',
    next: 'التقط الصورة من جديد: الرمز كاملًا، واضحًا، بلا لمعان.',
  },
  imageUnreadable: { what: 'هذا الملف ليس صورة يمكن قراءتها هنا', next: 'اختر ملف PNG أو JPEG أو WebP.' },
  noText: { what: 'لا نص للتحقق منه', next: 'ألصق نص الرمز في الخانة.' },
  denied: {
    what: 'لم يُسمح لهذه الصفحة باستعمال الكاميرا',
    next: 'اسمح بالكاميرا لهذا الموقع في إعدادات المتصفح، أو اختر صورة للرمز.',
  },
  noCamera: { what: 'لا كاميرا في هذا الجهاز', next: 'صِل كاميرا، أو اختر صورة للرمز، أو ألصق نصه.' },
  cameraBusy: { what: 'الكاميرا مشغولة ببرنامج آخر', next: 'أغلقه ثم أعد المحاولة، أو اختر صورة للرمز.' },
  cameraFailed: { what: 'توقفت الكاميرا عن العمل', next: 'أعد المحاولة، أو اختر صورة للرمز، أو ألصق نصه.' },
  decoderFailed: {
    what: 'تعذّر تحميل قارئ الرموز',
    next: 'اتصل بالشبكة مرة وأعد تحميل الصفحة. أما لصق النص فيعمل من دونه.',
  },
};
