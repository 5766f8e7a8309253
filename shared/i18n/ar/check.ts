// Why a code was not accepted: one sentence for each check of a verification.
import type { check as shape } from '../en/check.ts';

const otherCode = 'اطلب رمزًا آخر: رمزًا حيًّا من الهاتف أو طباعة جديدة.';
const notOurs = 'لا تقبله، واطلب إثبات هوية آخر.';
const updateLists = 'اتصل بالشبكة وحدّث القوائم ثم تحقق من جديد.';
const showAgain = 'اطلب من صاحبه أن يعرض الرمز من هاتفه مرة أخرى.';

export const check: typeof shape = {
  usable_in_context: { what: 'هذه الهوية لا تصلح أبدًا لعبور الحدود', next: 'اطلب جواز السفر.' },
  text_within_limits: { what: 'ليس هذا رمز هوية', next: otherCode },
  base45_well_formed: { what: 'ليس هذا رمز هوية، أو قُرئ خطأً', next: 'امسحه مرة أخرى. ' + otherCode },
  zlib_well_formed: { what: 'هذا الرمز تالف أو غُيّر فيه', next: otherCode },
  cose_well_formed: { what: 'هذا الرمز تالف أو غُيّر فيه', next: otherCode },
  token_well_formed: { what: 'هذا الرمز تالف أو غُيّر فيه', next: otherCode },
  payload_well_formed: { what: 'هذا الرمز تالف أو غُيّر فيه', next: otherCode },
  profile_taken: { what: 'هذا النوع من الرموز لا يُقبل هنا', next: 'اطلب رمزًا حيًّا من الهاتف.' },
  pass_for_age: {
    what: 'هذه بطاقة عمر: تذكر عمرًا ولا تسمّي أحدًا',
    next: 'تصلح للتحقق من العمر وحده. اطلب هنا رمز الهوية.',
  },
  bound_only_in_token: {
    what: 'هذه نسخة من رمز حيّ أُخذت من هاتف أحد',
    next: 'لا تقبلها. اطلب من صاحبها أن يفتح محفظته ويعرض الرمز.',
  },
  token_holds_bound: { what: 'رُكّب هذا الرمز على غير وجهه', next: notOurs },
  answers_challenge: { what: 'هذا الرمز لا يجيب عن سؤالك', next: 'اطلب من صاحبه أن يمسح رمزك بمحفظته أولًا.' },
  for_this_verifier: { what: 'صُنع هذا الرمز لغيرك', next: showAgain },
  issuer_in_fresh_list: { what: 'قد تكون جهة الإصدار أحدث من القائمة التي هنا', next: updateLists },
  issuer_known: { what: 'لم تصنع هذا الرمزَ جهةُ إصدار معروفة', next: notOurs },
  key_for_credentials: { what: 'المفتاح الذي خلف هذا الرمز لا يجوز له إصدار الهويات', next: notOurs },
  issuer_signature: { what: 'التوقيع خاطئ: الرمز مزوّر أو غُيّر فيه', next: notOurs },
  issuer_named: { what: 'اسم جهة الإصدار لا يوافق مفتاحها', next: notOurs },
  key_valid_at_issuance: { what: 'لم يكن مفتاح جهة الإصدار ساريًا حين صُنع هذا الرمز', next: notOurs },
  key_accepted_now: { what: 'لم تعد تُقبل الرموز المصنوعة بهذا المفتاح القديم', next: 'يحتاج صاحبه إلى رمز جديد.' },
  key_not_compromised: { what: 'سُرق المفتاح الذي خلف هذا الرمز', next: 'لا تقبله. يحتاج صاحبه إلى رمز جديد.' },
  already_valid: { what: 'لم تبدأ صلاحية هذا الرمز بعد', next: 'تأكد من صحة التاريخ والوقت في هذا الجهاز.' },
  not_expired: { what: 'انتهت صلاحية هذا الرمز', next: 'يحتاج صاحبه إلى رمز جديد.' },
  holder_signature: { what: 'لم يصنع هذا الرمزَ هاتفُ صاحبه', next: notOurs },
  token_within_credential: { what: 'تجاوز هذا الرمز نهايته', next: showAgain },
  frame_fresh: {
    what: 'هذا الرمز الحيّ قديم، وقد يكون صورة لرمز',
    next: showAgain + ' وتأكد من صحة الوقت في هذا الجهاز.',
  },
  revocable: { what: 'لا يمكن معرفة هل أُلغي هذا الرمز', next: notOurs },
  status_list_at_hand: { what: 'ليست هنا قائمة الملغيّات التي تخص هذا الرمز', next: updateLists },
  not_revoked: { what: 'أُلغيت هذه الهوية', next: 'لا تقبلها. ليراجع صاحبها مركز خدمة.' },
  not_suspended: { what: 'هذه الهوية موقوفة', next: 'لا تقبلها الآن. ليراجع صاحبها مركز خدمة.' },
  claims_readable: { what: 'تعذّرت قراءة ما في هذا الرمز', next: otherCode },
  old_enough: { what: 'لم يبلغ صاحبه العمر المطلوب، أو لا يذكره الرمز', next: 'لا تقبله لهذا الغرض.' },
  copy_has_face: {
    what: 'هذه نسخة، ولا صورة فيها تقارن بها حاملها',
    next: 'اطلب رمزًا حيًّا أو بطاقة عمر من الهاتف، أو طباعة فيها صورة.',
  },
  issuance_confirmed: {
    what: 'سُرق المفتاح الذي خلف هذا الرمز، ولا يعرف صحته إلا سجل جهة الإصدار',
    next: 'اتصل بالشبكة وتحقق عبرها، أو اطلب رمزًا جديدًا.',
  },
  lists_agree: {
    what: 'عُرضت هنا قائمتان موقّعتان تتعارضان، ولم تحسم الجهة المشرفة أمرهما بعد',
    next: 'لا يُقبل بهما شيء. اطلب إثبات هوية آخر، وأبلغ الجهة المشرفة.',
  },
  trust_list_fresh: { what: 'قائمة جهات الإصدار هنا أقدم من أن يُحكم بها', next: updateLists },
  status_list_fresh: { what: 'قائمة الملغيّات هنا أقدم من أن يُحكم بها', next: updateLists },
  first_showing: { what: 'عُرض هذا الرمز نفسه هنا قبل لحظة', next: 'انتظر ثواني حتى يظهر الرمز التالي وامسحه.' },
};
