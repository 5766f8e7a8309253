// Why a kiosk or an edge says no, apart from verdicts and activations.
import type {
  edge as edgeShape,
  kioskActs as kioskActsShape,
  problems as problemsShape,
  reader as readerShape,
} from '../en/reasons.ts';

const startAgain = 'ابدأ من جديد. فإن تكرر ذلك فأبلغ مشرفك.';
const callSupervisor = 'لا تستعمل هذا القارئ بعد الآن، وأبلغ مشرفك.';
const otherReader = 'أعد المحاولة. فإن تكرر ذلك فاستعمل قارئًا آخر.';

export const reader: typeof readerShape = {
  reader_not_found: { what: 'لا قارئ بصمة موصولًا', next: 'صِل القارئ ثم أعد المحاولة.' },
  reader_not_ready: { what: 'القارئ ليس جاهزًا بعد', next: 'انتظر ثواني ثم أعد المحاولة.' },
  reader_busy: { what: 'القارئ مشغول', next: 'انتظر حتى يفرغ ثم أعد المحاولة.' },
  reader_not_registered: { what: 'هذا القارئ غير مسجل', next: 'استعمل قارئًا مسجلًا، أو أبلغ مشرفك.' },
  reader_unreachable: { what: 'خدمة القارئ لا تجيب', next: 'افصل القارئ ثم صِله وأعد المحاولة.' },
  reader_driver_missing: { what: 'برنامج تشغيل القارئ غير مثبت', next: 'أبلغ مشرفك.' },
  reader_licence_refused: { what: 'رُفض ترخيص القارئ', next: 'أبلغ مشرفك.' },
  reader_key_expired: { what: 'انتهت صلاحية مفتاح القارئ', next: 'أبلغ مشرفك: يلزم تسجيله من جديد.' },
  reader_tampered: { what: 'يقول القارئ إنه فُتح', next: callSupervisor },
  reader_unsupported: { what: 'هذا الجهاز لا يعرف هذا القارئ', next: 'استعمل قارئًا آخر.' },
  reader_failed: { what: 'تعطّل القارئ', next: 'افصله ثم صِله وأعد المحاولة.' },
  reader_unplugged: { what: 'فُصل القارئ', next: 'صِله ثم أعد المحاولة.' },
  reader_management_unreachable: {
    what: 'لا يصل القارئ إلى خدمة صانعه',
    next: 'تحقق من الخط ثم أعد المحاولة. فإن استمر ذلك فاستعمل قارئًا آخر.',
  },
  certification_too_low: { what: 'هذا القارئ غير معتمد لهذا العمل', next: 'استعمل قارئًا معتمدًا بالدرجة المطلوبة.' },
  encryption_key_missing: { what: 'ليس في القارئ مفتاح الشبكة', next: 'أبلغ مشرفك: يلزم تزويد القارئ بالمفتاح.' },
  request_refused: {
    what: 'لا يقبل القارئ ما طُلب منه',
    next: 'أعد المحاولة بإصبع واحدة. فإن تكرر ذلك فاستعمل قارئًا آخر.',
  },
  capture_timeout: { what: 'لم تُقرأ إصبع في الوقت المحدد', next: 'أعد المحاولة وأبقِ الإصبع على الزجاج حتى يُقال لك.' },
  capture_cancelled: { what: 'أُلغيت القراءة', next: 'اقرأ الإصبع حين يكون الشخص مستعدًا.' },
  finger_not_seen: { what: 'لم تكن على الزجاج إصبع', next: 'ضع الإصبع مستوية في وسط الزجاج.' },
  finger_unreadable: { what: 'تعذّرت قراءة الإصبع', next: 'جفّف الإصبع أو رطّبها، أو نظّف الزجاج، أو خذ إصبعًا أخرى.' },
  finger_orientation: { what: 'وُضعت الإصبع في اتجاه خاطئ', next: 'ضع الإصبع مستقيمة وطرفها إلى الأمام.' },
  quality_too_low: { what: 'البصمة ليست واضحة بما يكفي', next: 'اضغط أكثر قليلًا، مستويًا، في الوسط؛ أو خذ إصبعًا أخرى.' },
  finger_count_wrong: { what: 'كان على الزجاج أكثر من إصبع', next: 'إصبع واحدة فقط.' },
  liveness_failed: { what: 'لم يرَ القارئ إصبعًا حيّة', next: 'أعد المحاولة بإصبع نظيفة جافة لا يغطيها شيء.' },
  answer_too_large: { what: 'أجاب القارئ بأكثر مما يجوز', next: callSupervisor },
  answer_malformed: { what: 'تعذّر فهم جواب القارئ', next: otherReader },
  template_unreadable: { what: 'تعذّر فهم قالب القارئ', next: otherReader },
  answer_too_late: { what: 'تأخر جواب القارئ', next: 'أعد المحاولة.' },
  capture_repeated: { what: 'أرسل القارئ البصمة نفسها مرتين', next: callSupervisor },
  transaction_mismatch: { what: 'أجاب القارئ عن سؤال آخر', next: otherReader },
  timestamp_stale: { what: 'ساعة القارئ خاطئة', next: 'افصله ثم صِله وأعد المحاولة.' },
  hash_chain_broken: { what: 'سجل القارئ مكسور', next: callSupervisor },
  signer_unknown: { what: 'وقّع جواب القارئ من لا نعرفه', next: callSupervisor },
  signature_bad: { what: 'توقيع القارئ خاطئ', next: callSupervisor },
  signature_missing: { what: 'لم يوقّع القارئ جوابه', next: callSupervisor },
  version_mismatch: { what: 'أجاب القارئ بإصدار آخر من لغته', next: otherReader },
  serial_changed: { what: 'ليس هذا القارئَ الذي كان هنا', next: 'أبلغ مشرفك قبل أن تتابع.' },
  finger_mismatch: { what: 'قُرئت إصبع غير المطلوبة', next: 'خذ الإصبع التي تذكرها الشاشة.' },
  purpose_mismatch: { what: 'أجاب القارئ لغرض آخر', next: otherReader },
  environment_mismatch: { what: 'هذا قارئ تجريبي', next: 'استعمل قارئًا معتمدًا للعمل الحقيقي.' },
  encryption_key_mismatch: { what: 'ختم القارئ جوابه لمفتاح آخر', next: 'أبلغ مشرفك: يلزم تسجيله من جديد.' },
};

export const edge: typeof edgeShape = {
  line_down: { what: 'الخط مقطوع', next: 'أعد المحاولة بعد دقيقة. أما التحقق من الرموز فيعمل من دونه.' },
  edge_busy: { what: 'الشبكة مشغولة', next: 'أعد المحاولة بعد دقيقة.' },
  edge_misbehaved: { what: 'أجابت الشبكة بما لا يُفهم', next: 'أعد المحاولة. فإن تكرر ذلك فأبلغ مشرفك.' },
  kiosk_revoked: { what: 'سُحب هذا الجهاز من الخدمة', next: 'لا يجوز استعماله بعد الآن. أبلغ مشرفك.' },
  kiosk_unknown: { what: 'الشبكة لا تعرف هذا الجهاز', next: 'سجّله من جديد بدعوة جديدة.' },
  clock_rejected: { what: 'ساعة هذا الجهاز خاطئة', next: 'اضبط الساعة أو دع الشبكة تضبطها، ثم أعد المحاولة.' },
  not_enrolled: { what: 'هذا الجهاز غير مسجل', next: 'سجّله بدعوة أولًا.' },
  kiosk_held: {
    what: 'هذا الجهاز محتجز: كثر فيه الفشل',
    next: 'يجب أن يسجّل مشرف دخوله عليه. وما ينتظر محفوظ ويُرسل بعد ذلك.',
  },
};

export const kioskActs: typeof kioskActsShape = {
  bad_input: { what: 'في إحدى الخانات خطأ', next: 'راجع الخانة ثم أعد المحاولة.' },
  unexpected: { what: 'في هذا الجهاز عطل', next: 'لم يضع شيء. أعد تشغيل الجهاز وأبلغ مشرفك.' },
  invitation_malformed: {
    what: 'ليست هذه دعوة',
    next: 'انسخ النص كله كما أعطته لوحة الإدارة، من أول حرف إلى آخر حرف.',
  },
  invitation_refused: {
    what: 'الدعوة مستعملة أو قديمة أو غير معروفة',
    next: 'اطلب دعوة جديدة. كل دعوة تعمل مرة واحدة.',
  },
  roots_do_not_match: {
    what: 'الشبكة التي أجابت ليست التي دعتك',
    next: 'راجع العنوان. فإن كان صحيحًا فلا تتابع، وأبلغ عن ذلك.',
  },
  already_enrolled: { what: 'هذا الجهاز مسجل من قبل', next: 'لا شيء يلزم.' },
  edge_address_not_allowed: {
    what: 'لا يجوز استعمال هذا العنوان',
    next: 'يجب أن يبدأ بـ https:// وأن يكون عنوان شبكة بلدك.',
  },
  wrong_credentials: { what: 'اسم المستخدم أو كلمة المرور خطأ', next: 'أعد المحاولة. بعد عدة أخطاء يُقفل دخولك مدة.' },
  operator_locked: { what: 'أُقفل دخولك بعد محاولات خاطئة كثيرة', next: 'انتظر، أو اسأل مشرفك.' },
  operator_not_here: { what: 'لست من موظفي هذا المركز', next: 'اطلب من مشرفك أن يعيّنك هنا.' },
  no_operator: { what: 'لم يسجّل أحد دخوله', next: 'سجّل دخولك أولًا.' },
  activation_unknown: { what: 'هذا التفعيل غير معروف هنا', next: startAgain },
  activation_busy: { what: 'التفعيل قيد المعالجة', next: 'انتظر لحظة.' },
  session_expired: { what: 'طال وقت هذا التفعيل', next: 'ابدأ من جديد والشخص حاضر.' },
  session_refused: { what: 'لم تفتح الشبكة جلسة تفعيل', next: startAgain },
  captures_missing: { what: 'تنقص بصمة', next: 'اقرأ الإصبع أولًا.' },
  captures_used_up: { what: 'قُرئت الإصبع بعدد المرات المسموح', next: 'ابدأ من جديد بإصبع أخرى.' },
  clock_not_known_good: {
    what: 'لا يُعرف أن ساعة هذا الجهاز صحيحة',
    next: 'لا يُسجّل شيء الآن والخط مقطوع. صِل الجهاز بالشبكة مرة ثم ابدأ من جديد.',
  },
  never_synced: { what: 'لم يُحدّث هذا الجهاز قط', next: 'صِله بالشبكة مرة.' },
  offline_not_allowed: {
    what: 'الخط مقطوع، ولا يحق لهذا النوع من المراكز التسجيل بدونه',
    next: 'انتظر عودة الخط، أو أرسل الشخص إلى مركز يحق له ذلك.',
  },
  guardian_not_needed: { what: 'لا يلزم ولي أمر هنا', next: 'اقرأ بصمة الشخص نفسه.' },
  guardian_is_person: { what: 'هذا رقم القاصر نفسه', next: 'اكتب الرقم الذي في وثيقة ولي الأمر.' },
  guardian_needs_line: {
    what: 'الخط مقطوع، ولا يُتحقق من ولي الأمر إلا به',
    next: 'انتظر عودة الخط؛ فالموعد يُقبل إلى ساعة بعد وقته.',
  },
  exception_not_allowed: {
    what: 'لا يجوز لهذا المركز التفعيل بلا بصمة',
    next: 'وجّه الشخص إلى مكتب أحوال مدنية أو مكتب بريد.',
  },
  exception_too_early: {
    what: 'لم تُجرّب الإصبع بما يكفي',
    next: 'جرّب ما تسمح به الشاشة من مرات، وبأصابع أخرى كذلك.',
  },
  approval_missing: { what: 'لم يوافق مشرف بعد', next: 'اطلب من مشرف أن يوافق هنا بكلمة مروره.' },
  not_a_supervisor: {
    what: 'ليس هذا مشرفًا، أو هو الموظف نفسه',
    next: 'يوافق شخص آخر هو مشرف في هذا المركز.',
  },
  number_malformed: { what: 'هذا ليس رقمًا موحدًا', next: 'اقرأ الأرقام العشرة مرة أخرى واكتبها من جديد.' },
  outbox_full: { what: 'تنتظر الإرسالَ تفعيلاتٌ كثيرة', next: 'صِل الجهاز بالشبكة قبل أن تسجل غيرها.' },
  not_activated: { what: 'لم يُبتّ في هذا التفعيل بعد', next: 'صِل الجهاز بالشبكة ثم عُد.' },
  trust_list_refused: { what: 'قائمة جهات الإصدار التي وصلت ليست موقّعة كما يجب', next: 'تبقى القديمة. أبلغ مشرفك.' },
  trust_list_rolled_back: { what: 'قائمة جهات الإصدار التي وصلت أقدم من التي هنا', next: 'تبقى الأحدث. أبلغ مشرفك.' },
  status_list_refused: { what: 'قائمة الملغيّات التي وصلت ليست موقّعة كما يجب', next: 'تبقى القديمة. أبلغ مشرفك.' },
  status_list_rolled_back: { what: 'قائمة الملغيّات التي وصلت أقدم من التي هنا', next: 'تبقى الأحدث. أبلغ مشرفك.' },
};

export const problems: typeof problemsShape = {
  not_found: { what: 'لا شيء هنا', next: 'راجع العنوان.' },
  unexpected: { what: 'عندنا عطل', next: 'لم يتغير شيء. أعد المحاولة لاحقًا.' },
  body_too_large: { what: 'أُرسل أكثر مما يجوز', next: 'أرسل أقل.' },
  not_json: { what: 'المنتظر JSON', next: 'أرسل application/json.' },
  bad_json: { what: 'ما أُرسل ليس JSON', next: 'أرسل JSON بترميز UTF-8.' },
  bad_input: { what: 'في المُدخل خطأ', next: 'راجع ما أُرسل.' },
  unauthorized: { what: 'لم تسجّل دخولك', next: 'سجّل دخولك أولًا.' },
  key_missing: { what: 'ينقص مفتاح الواجهة', next: 'أرسله في ترويسة Authorization.' },
  key_unknown: { what: 'مفتاح الواجهة غير صحيح', next: 'راجعه أو اطلب مفتاحًا جديدًا.' },
  verifier_suspended: { what: 'هذه المنشأة موقوفة', next: 'اسأل الجهة المسؤولة.' },
  context_not_allowed: { what: 'لا يجوز لك التحقق في هذا السياق', next: 'اطلب من الجهة المسؤولة توسيع صلاحيتك.' },
  lists_not_ready: { what: 'لم تصل القوائم بعد', next: 'أعد المحاولة بعد ثوانٍ.' },
  scope_missing: { what: 'لا يجوز ذلك بهذا الرمز', next: 'استعمل رمزًا له الصلاحية المذكورة.' },
  verifier_unknown: { what: 'لا توجد هذه المنشأة', next: 'راجع معرّفها.' },
};
