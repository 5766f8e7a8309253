// Every sentence of the login pages, in both languages: one table. Nothing here names a person.
import { formatDuration } from '../../../shared/i18n/format.ts';

export type Locale = 'ar' | 'en';

const ar = {
  title: 'توثيق',
  tagline: 'الهوية الرقمية الوطنية',
  signInTo: 'تسجيل الدخول إلى',
  language: 'English',
  byNumber: 'بتطبيق الهوية',
  byNumberHelp: 'أدخل رقمك الموحد، ثم اكتب في تطبيق الهوية الرقمَ الذي سيظهر هنا.',
  byScan: 'أو امسح رمزًا بالتطبيق دون كتابة رقمك',
  scanTitle: 'امسح هذا الرمز بتطبيق الهوية',
  scanAlt: 'رمز متغيّر يقرؤه تطبيق الهوية؛ إن لم تستطع مسحه فاختر طريقة أخرى للدخول',
  scanHelp: 'افتح التطبيق واختر مسح رمز، ثم اقرأ اسم الخدمة وأكّد ببصمتك. يتغيّر الرمز كل بضع ثوانٍ، فلا تنفع صورته أحدًا.',
  scanWaiting: 'ننتظر مسح الرمز. ستنتقل هذه الصفحة من نفسها.',
  scannedTitle: 'أكمل في تطبيق الهوية',
  scannedHelp: 'قُرئ الرمز. اقرأ في التطبيق من يطلب ولماذا ومن أين، ثم أكّد ببصمتك أو ارفض.',
  number: 'الرقم الموحد',
  numberHelp: 'عشرة أرقام',
  next: 'متابعة',
  byPasskey: 'بمفتاح مرور',
  byPasskeyHelp: 'مفتاح محفوظ في هاتفك أو حاسوبك، تفتحه ببصمتك أو وجهك أو رمزك.',
  onlyPasskey:
    'لا تقبل هذه الخدمة إلا مفتاح مرور محفوظًا في هاتفك أو حاسوبك. إن لم يظهر زرّه هنا فهذا المتصفح لا يدعمه؛ افتح الخدمة في متصفح آخر.',
  byPassword: 'باسم المستخدم وكلمة المرور',
  username: 'اسم المستخدم',
  password: 'كلمة المرور',
  otp: 'رمز تطبيق المصادقة أو رمز استعادة، إن ربطت تطبيقًا',
  signIn: 'دخول',
  cancel: 'إلغاء والعودة إلى الخدمة',
  lost: 'فقدت هاتفك أو مفتاحك؟ استعد حسابك',
  notActive: 'حسابك غير مفعّل بعد؟ فعّله ببصمتك في أي مركز خدمة: الأحوال المدنية، أو مكاتب البريد، أو منافذ الأسواق.',
  loginPurpose: 'تسجيل الدخول',
  typeThis: 'اكتب هذا الرقم في تطبيق الهوية',
  typeThisHelp: 'افتح التطبيق، واختر طلب الدخول من هذه الخدمة، واكتب الرقم، ثم أكّد ببصمتك. لا تعطِ هذا الرقم لأحد.',
  waiting: 'ننتظر ردّك من التطبيق. ستنتقل هذه الصفحة من نفسها.',
  refresh: 'تحديث الآن',
  otherWay: 'طريقة أخرى للدخول',
  consentTitle: 'تطلب هذه الخدمة الاطلاع على',
  consentWhy: 'السبب',
  consentOnly: 'معرّف خاص بهذه الخدمة وحدها، دون أي بيانات أخرى',
  consentAlso: 'معرّف خاص بهذه الخدمة وحدها',
  consentOffline: 'يبقى إذنها ساريًا حين لا تكون متصلًا',
  consentChoose: 'أزل العلامة عمّا لا تريد أن تطّلع عليه الخدمة.',
  consentNeeded: 'لازم',
  consentNoReason: 'لم تذكر الخدمة سببًا',
  consentUntil: 'نتذكر جوابك لهذه الخدمة حتى {day}، ولك سحب موافقتك قبله متى شئت، كلها أو بعضها.',
  allow: 'موافق',
  deny: 'غير موافق',
  back: 'العودة إلى الخدمة',
  continue: 'متابعة إلى الخدمة',
  continueLogin: 'متابعة الدخول',
  continueLoginHelp: 'أرسلتك خدمة إلى هنا للدخول بهويتك الرقمية. تابع لترى من تطلب ذلك.',
  continueLogout: 'متابعة الخروج',
  continueLogoutHelp: 'أرسلتك خدمة إلى هنا للخروج من هويتك الرقمية. إن لم تُرد الخروج فأغلق هذه الصفحة.',
  problemTitle: 'تعذّر إكمال الطلب',
  logoutTitle: 'تسجيل الخروج',
  logoutAsk: 'هل تريد الخروج من هويتك الرقمية في هذا المتصفح، ومن كل الخدمات التي دخلتها به؟',
  logoutYes: 'نعم، أخرجني',
  logoutNo: 'إن لم تُرد فأغلق هذه الصفحة.',
  loggedOut: 'خرجت',
  loggedOutHelp: 'لم يعد أحد داخلًا بهويتك في هذا المتصفح.',
  deviceTitle: 'ربط جهاز',
  deviceCode: 'الرمز الظاهر على الجهاز',
  deviceHelp: 'لا تُدخل رمزًا أرسله إليك أحد؛ أدخل فقط ما تراه على جهاز أمامك.',
  deviceWrong: 'هذا الرمز غير معروف أو انتهى وقته.',
  servicePolicy: 'سياسة الخصوصية لدى الخدمة (نافذة جديدة)',
  serviceTerms: 'شروط الخدمة (نافذة جديدة)',
  deviceWait: 'جُرّبت رموز كثيرة من شبكتك. وقت الانتظار: {wait}. أدخل الرمز بعده مرة أخرى.',
  deviceDone: 'تمت الموافقة',
  deviceDoneHelp: 'عد إلى جهازك؛ سيكمل من نفسه.',
} as const;

const en: Readonly<Record<keyof typeof ar, string>> = {
  title: 'Tawthiq',
  tagline: 'National digital identity',
  signInTo: 'Log in to',
  language: 'العربية',
  byNumber: 'With the identity app',
  byNumberHelp: 'Enter your unified number, then type in the identity app the number that will be shown here.',
  byScan: 'Or scan a code with the app, without typing your number',
  scanTitle: 'Scan this code with the identity app',
  scanAlt: 'A changing code for the identity app; if you cannot scan it, choose another way to log in',
  scanHelp:
    "Open the app, choose to scan a code, read the service's name and confirm with your fingerprint. The code changes every few seconds, so a picture of it is of no use to anybody.",
  scanWaiting: 'Waiting for the code to be scanned. This page goes on by itself.',
  scannedTitle: 'Go on in the identity app',
  scannedHelp:
    'The code was read. Read in the app who asks, what for and from where, then confirm with your fingerprint or refuse.',
  number: 'Unified number',
  numberHelp: 'Ten digits',
  next: 'Continue',
  byPasskey: 'With a passkey',
  byPasskeyHelp: 'A key kept on your phone or computer, which you open with your finger, face or code.',
  onlyPasskey:
    'This service takes only a passkey, kept on your phone or computer. If no button for it appears here, this browser cannot use one; open the service in another.',
  byPassword: 'With user name and password',
  username: 'User name',
  password: 'Password',
  otp: 'Code of your authenticator app, or a recovery code, if you bound one',
  signIn: 'Log in',
  cancel: 'Cancel and go back to the service',
  lost: 'Lost your phone or key? Recover your account',
  notActive:
    'Account not activated yet? Activate it with your fingerprint at any service centre: civil affairs, post offices, outlets in malls.',
  loginPurpose: 'Logging in',
  typeThis: 'Type this number in the identity app',
  typeThisHelp:
    'Open the app, choose the login request of this service, type the number and confirm with your fingerprint. Give this number to nobody.',
  waiting: 'Waiting for your answer from the app. This page goes on by itself.',
  refresh: 'Refresh now',
  otherWay: 'Another way to log in',
  consentTitle: 'This service asks to see',
  consentWhy: 'Why',
  consentOnly: 'An identifier for this service alone, and nothing else',
  consentAlso: 'An identifier for this service alone',
  consentOffline: 'It keeps its permission while you are away',
  consentChoose: 'Clear the box of anything that the service should not see.',
  consentNeeded: 'needed',
  consentNoReason: 'The service gave no reason',
  consentUntil:
    'Your answer is remembered for this service until {day}; before that you can take it back whenever you want, all of it or a part.',
  allow: 'Allow',
  deny: 'Do not allow',
  back: 'Back to the service',
  continue: 'Continue to the service',
  continueLogin: 'Go on to log in',
  continueLoginHelp: 'A service sent you here to log in with your digital identity. Go on to see who asks.',
  continueLogout: 'Go on to log out',
  continueLogoutHelp:
    'A service sent you here to log out of your digital identity. If you do not want to, close this page.',
  problemTitle: 'This request cannot be completed',
  logoutTitle: 'Log out',
  logoutAsk:
    'Do you want to log out of your digital identity in this browser, and of all services you entered with it?',
  logoutYes: 'Yes, log me out',
  logoutNo: 'If not, close this page.',
  loggedOut: 'You are logged out',
  loggedOutHelp: 'Nobody is logged in with your identity in this browser any more.',
  deviceTitle: 'Connect a device',
  deviceCode: 'The code that the device shows',
  deviceHelp: 'Do not enter a code that somebody sent you; enter only what you see on a device in front of you.',
  deviceWrong: 'This code is not known, or has expired.',
  servicePolicy: 'The service’s privacy policy (new window)',
  serviceTerms: 'The service’s terms (new window)',
  deviceWait: 'Many codes were tried from your network. Wait {wait}, then enter the code again.',
  deviceDone: 'Allowed',
  deviceDoneHelp: 'Go back to your device; it goes on by itself.',
};

const claimsAr: Readonly<Record<string, string>> = {
  name: 'الاسم',
  birthdate: 'تاريخ الميلاد',
  gender: 'الجنس',
  nationalities: 'الجنسية',
  age_over_15: 'هل تجاوزت ١٥ عامًا',
  age_over_18: 'هل تجاوزت ١٨ عامًا',
  age_over_21: 'هل تجاوزت ٢١ عامًا',
  unified_number: 'الرقم الموحد',
};
const claimsEn: Readonly<Record<string, string>> = {
  name: 'Name',
  birthdate: 'Date of birth',
  gender: 'Sex',
  nationalities: 'Nationality',
  age_over_15: 'Whether you are over 15',
  age_over_18: 'Whether you are over 18',
  age_over_21: 'Whether you are over 21',
  unified_number: 'Unified number',
};

/** What went wrong, and what to do. `{wait}` is filled in by `noticeText`. */
const noticesAr = {
  number_malformed: 'هذا ليس رقمًا موحدًا صحيحًا. راجع الأرقام العشرة.',
  credentials_wrong: 'اسم المستخدم أو كلمة المرور غير صحيحة.',
  network_asks_often:
    'حاول كثيرون الدخول من شبكتك برقم أو كلمة مرور. وقت الانتظار: {wait}. حاول بعده مرة أخرى، أو ادخل بطريقة أخرى: مسح الرمز ومفتاح المرور لا انتظار فيهما.',
  network_begins_often: 'بدأت من شبكتك عمليات دخول كثيرة في وقت قصير. وقت الانتظار: {wait}. حاول بعده مرة أخرى.',
  too_many_tries: 'محاولات كثيرة. وقت الانتظار: {wait}. حاول بعده مرة أخرى، أو ادخل بطريقة أخرى.',
  authenticator_disabled: 'أُوقفت كلمة المرور بعد محاولات كثيرة. عيّن كلمة جديدة في مركز خدمة، أو ادخل بطريقة أخرى.',
  second_factor_needed: 'كلمة المرور هذه قصيرة فلا تكفي وحدها. اكتب معها رمز تطبيق المصادقة، أو ادخل بطريقة أخرى.',
  passkey_failed: 'لم يُقبل مفتاح المرور، أو أُلغي. حاول مرة أخرى، أو ادخل بطريقة أخرى.',
  passkey_counter: 'مفتاح المرور هذا يبدو منسوخًا، فلن نقبله. راجع مركز خدمة، أو ادخل بطريقة أخرى.',
  account_pending:
    'حسابك لم يُفعّل بعد. فعّله ببصمتك في أي مركز خدمة: الأحوال المدنية، أو مكاتب البريد، أو منافذ الأسواق.',
  account_suspended: 'حسابك موقوف. راجع مركز خدمة.',
  account_closed: 'هذا الحساب مغلق.',
  number_refused: 'رُفض الطلب من التطبيق.',
  number_reported: 'رُفض الطلب وأُبلغ عنه من التطبيق. إن لم تكن أنت من رفضه فراجع مركز خدمة.',
  number_locked: 'كُتب رقم خاطئ ثلاث مرات. ابدأ من جديد من الخدمة.',
  number_expired:
    'انتهى وقت الرقم. أدخل رقمك الموحد مرة أخرى. إن لم يصلك الطلب في التطبيق فقد لا يكون حسابك مفعّلًا، أو لا يكون التطبيق مربوطًا به: فعّله ببصمتك في أي مركز خدمة.',
  level_too_low: 'تطلب هذه الخدمة دخولًا أقوى، أو من نوع آخر. ادخل بإحدى الطرق الظاهرة هنا، فإن لم تكفِ فراجع مركز خدمة.',
  login_not_enough: 'لا يكفي هذا الدخول لما طُلب. ابدأ من جديد، وادخل بطريقة أقوى، أو راجع مركز خدمة.',
  client_missing: 'لم تذكر الخدمة من هي. أبلغ الخدمة بذلك.',
  client_unknown: 'هذه الخدمة غير مسجلة لدينا. أبلغ الخدمة بذلك.',
  client_suspended: 'هذه الخدمة موقوفة.',
  redirect_uri_missing: 'لم تذكر الخدمة إلى أين تعود بعد الدخول. أبلغ الخدمة بذلك.',
  redirect_uri_not_registered: 'العنوان الذي طلبت الخدمة العودة إليه غير مسجل، فلن نرسلك إليه. أبلغ الخدمة بذلك.',
  logout_hint_invalid: 'لا يدل طلب الخروج على دخول نعرفه. أبلغ الخدمة بذلك.',
  logout_redirect_not_registered: 'العنوان الذي طلبت الخدمة العودة إليه بعد الخروج غير مسجل. أبلغ الخدمة بذلك.',
  request_uri_unknown: 'انتهى وقت طلب الخدمة أو استُعمل من قبل. ابدأ من جديد من الخدمة.',
  login_unknown: 'لا نجد هذا الدخول في هذا المتصفح. ابدأ من جديد من الخدمة.',
  login_expired: 'انتهى وقت هذا الدخول. ابدأ من جديد من الخدمة.',
  login_ended: 'انتهى هذا الدخول. ابدأ من جديد من الخدمة.',
  login_out_of_order: 'اكتمل هذا الدخول من قبل. عد إلى الخدمة.',
  wrong_origin: 'لم يأتِ هذا الطلب من صفحتنا. ابدأ من جديد من الخدمة.',
} as const;
export type Notice = keyof typeof noticesAr;

const noticesEn: Readonly<Record<Notice, string>> = {
  number_malformed: 'This is not a valid unified number. Check the ten digits.',
  credentials_wrong: 'The user name or the password is wrong.',
  network_asks_often:
    'Many logins with a number or a password were tried from your network. Wait {wait} and try again, or log in another way: a scanned code and a passkey need no waiting.',
  network_begins_often: 'Many logins were begun from your network in a short time. Wait {wait} and try again.',
  too_many_tries: 'Too many tries. Wait {wait} and try again, or log in another way.',
  authenticator_disabled:
    'The password was switched off after too many tries. Set a new one at a service centre, or log in another way.',
  second_factor_needed:
    'This password is too short to be enough by itself. Type the code of your authenticator app with it, or log in another way.',
  passkey_failed: 'The passkey was not accepted, or was cancelled. Try again, or log in another way.',
  passkey_counter:
    'This passkey seems to have been copied, so it is not accepted. Go to a service centre, or log in another way.',
  account_pending:
    'Your account is not activated yet. Activate it with your fingerprint at any service centre: civil affairs, post offices, outlets in malls.',
  account_suspended: 'Your account is suspended. Go to a service centre.',
  account_closed: 'This account is closed.',
  number_refused: 'The request was refused in the app.',
  number_reported: 'The request was refused and reported in the app. If that was not you, go to a service centre.',
  number_locked: 'A wrong number was typed three times. Start again from the service.',
  number_expired:
    'The number has expired. Enter your unified number again. If no request came up in the app, your account may not be activated, or no app may be bound to it: activate it with your fingerprint at any service centre.',
  level_too_low:
    'This service asks for a stronger login, or one of another kind. Log in one of the ways shown here; if none is enough, go to a service centre.',
  login_not_enough:
    'This login is not enough for what was asked. Start again and log in a stronger way, or go to a service centre.',
  client_missing: 'The service did not say who it is. Tell the service.',
  client_unknown: 'This service is not registered with us. Tell the service.',
  client_suspended: 'This service is suspended.',
  redirect_uri_missing: 'The service did not say where to go back to. Tell the service.',
  redirect_uri_not_registered:
    'The address that the service wants you to go back to is not registered, so we do not send you there. Tell the service.',
  logout_hint_invalid: 'The logout request names no login that we know. Tell the service.',
  logout_redirect_not_registered:
    'The address that the service wants you to go back to after logout is not registered. Tell the service.',
  request_uri_unknown: "The service's request has run out of time or was used before. Start again from the service.",
  login_unknown: 'We do not find this login in this browser. Start again from the service.',
  login_expired: 'This login has run out of time. Start again from the service.',
  login_ended: 'This login has ended. Start again from the service.',
  login_out_of_order: 'This login is already complete. Go back to the service.',
  wrong_origin: 'This request did not come from our page. Start again from the service.',
};

export type Texts = Readonly<Record<keyof typeof ar, string>> & {
  readonly claim: Readonly<Record<string, string>>;
  readonly notice: Readonly<Record<Notice, string>>;
};

export const texts: Readonly<Record<Locale, Texts>> = {
  ar: { ...ar, claim: claimsAr, notice: noticesAr },
  en: { ...en, claim: claimsEn, notice: noticesEn },
};

/** `seconds`: how long to wait, where the notice tells it. */
export function noticeText(locale: Locale, notice: Notice, seconds?: number): string {
  const text = texts[locale].notice[notice];
  return seconds === undefined ? text : text.replace('{wait}', formatDuration(locale, seconds));
}
