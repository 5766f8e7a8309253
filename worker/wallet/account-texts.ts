// Every sentence of the person's own account page, in both languages. Nothing here names a person. Long: one table of texts.
import type { Level } from '../../shared/assurance/level.ts';
import type { NotificationKind } from '../../shared/contract/notification.ts';
import type { AuthenticatorType } from '../store/authenticators.ts';
import type { Addable } from './own-authenticators.ts';

export type AccountNotice =
  | 'removed'
  | 'renamed'
  | 'session_ended'
  | 'consent_withdrawn'
  | 'claim_withdrawn'
  | 'code_set'
  | 'code_removed'
  | 'proven'
  | 'fresh_login_needed'
  | 'authenticator_unknown'
  | 'session_unknown'
  | 'consent_unknown'
  | 'name_malformed'
  | 'user_code_malformed'
  | 'not_reached'
  | 'not_ours';

type Texts = {
  readonly heading: string;
  readonly level: Readonly<Record<Level, string>>;
  readonly reach: string;
  readonly reachNone: string;
  readonly identity: string;
  readonly authenticators: string;
  readonly type: Readonly<Record<AuthenticatorType, string>>;
  readonly boundAt: string;
  readonly usedAt: string;
  readonly codesLeft: string;
  readonly rename: string;
  readonly name: string;
  readonly save: string;
  readonly remove: string;
  readonly lostPhone: string;
  readonly recoverWrong: string;
  readonly add: string;
  readonly addHelp: string;
  readonly adds: Readonly<Record<Addable, string>>;
  readonly recovery: string;
  readonly recoveryHelp: string;
  readonly makeCodes: string;
  readonly codesHeading: string;
  readonly codesOnce: string;
  readonly codesUse: string;
  readonly userCode: string;
  readonly userCodeHelp: string;
  readonly userCodeSet: string;
  readonly userCodeNew: string;
  readonly userCodeRemove: string;
  readonly sessions: string;
  readonly thisOne: string;
  readonly unknownDevice: string;
  readonly since: string;
  readonly endSession: string;
  readonly consents: string;
  readonly noConsents: string;
  readonly sees: string;
  readonly until: string;
  readonly withdraw: string;
  readonly withdrawAll: string;
  readonly history: string;
  readonly noHistory: string;
  readonly showings: string;
  readonly noShowings: string;
  readonly context: Readonly<Record<string, string>>;
  /** What was shown, by its profile. */
  readonly shown: Readonly<Record<string, string>>;
  readonly outcome: Readonly<Record<'accepted' | 'rejected' | 'undecided', string>>;
  readonly notifications: string;
  readonly unseen: string;
  readonly told: Readonly<Record<NotificationKind, string>>;
  readonly fresh: string;
  readonly freshNot: string;
  readonly proveHigher: string;
  readonly logout: string;
  readonly backToAccount: string;
  readonly removeTitle: string;
  readonly removeLast: string;
  readonly removeLastNone: string;
  readonly removeYes: string;
  readonly keep: string;
  readonly bindTitle: string;
  readonly bindHelp: string;
  readonly bindWallet: string;
  readonly notInTitle: string;
  readonly notInHelp: string;
  readonly logIn: string;
  readonly freshTitle: string;
  readonly freshAsk: string;
  readonly freshGo: string;
  readonly lostTitle: string;
  readonly lostHelp: string;
  readonly lostGo: string;
  readonly recoverTitle: string;
  readonly recoverLead: string;
  readonly recoverCode: string;
  readonly recoverGo: string;
  readonly recoverDone: string;
  readonly recoverCentre: string;
  readonly notice: Readonly<Record<AccountNotice, string>>;
};

const ar: Texts = {
  heading: 'حسابك',
  level: { low: 'منخفض', substantial: 'متوسط', high: 'مرتفع' },
  reach: 'أعلى مستوى تصل إليه وسائلك',
  reachNone: 'لا تكفي وسائلك للدخول وحدها',
  identity: 'مستوى هويتك',
  authenticators: 'وسائل الدخول',
  type: {
    password: 'كلمة المرور',
    wallet_key: 'تطبيق الهوية',
    passkey: 'مفتاح مرور',
    totp: 'تطبيق مصادقة',
    recovery_code: 'رموز الاستعادة',
    setup_code: 'رمز إعداد',
    user_code: 'رمزك لدى الخدمات',
  },
  boundAt: 'رُبط',
  usedAt: 'آخر استعمال',
  codesLeft: 'بقي منها',
  rename: 'تسمية',
  name: 'الاسم',
  save: 'حفظ',
  remove: 'إزالة',
  recoverWrong: 'اسم المستخدم أو كلمة المرور أو رمز الاستعادة غير صحيح.',
  lostPhone: 'إن فقدت هاتفًا فأزله هنا: رمز الهوية الذي يعرضه لا يُقبل بعدها في أي مكان.',
  add: 'إضافة وسيلة',
  addHelp: 'ما تضيفه هنا يبلغ مستوى دخولك الحالي على الأكثر. لأعلى من ذلك زر مركز خدمة.',
  adds: { passkey: 'مفتاح مرور', wallet: 'تطبيق الهوية على جهاز آخر', totp: 'تطبيق مصادقة', password: 'كلمة مرور' },
  recovery: 'رموز الاستعادة',
  recoveryHelp: 'عشرة رموز تطبعها وتحفظها بعيدًا عن هاتفك. كل رمز يصلح مرة واحدة مع كلمة المرور إن فقدت ما سواها.',
  makeCodes: 'إصدار عشرة رموز جديدة',
  codesHeading: 'رموز الاستعادة',
  codesOnce: 'اطبع هذه الصفحة أو اكتب الرموز الآن: لن نعرضها مرة أخرى، وما سبقها لم يعد صالحًا.',
  codesUse: 'للاستعادة: افتح صفحة الاستعادة واكتب اسم المستخدم وكلمة المرور وأحد هذه الرموز.',
  userCode: 'رمزك لدى الخدمات',
  userCodeHelp:
    'إن عيّنته فلن تصلك طلبات دخول من موظفي الخدمات وهواتفها إلا ممن ذكرت له هذا الرمز. من ٤ إلى ١٦ حرفًا أو رقمًا.',
  userCodeSet: 'عيّنت رمزًا.',
  userCodeNew: 'رمز جديد',
  userCodeRemove: 'إلغاء الرمز',
  sessions: 'أجهزة دخلت منها',
  thisOne: 'هذا المتصفح',
  unknownDevice: 'متصفح',
  since: 'منذ',
  endSession: 'إنهاء',
  consents: 'خدمات أذنت لها',
  noConsents: 'لم تأذن لأي خدمة.',
  sees: 'تطّلع على',
  until: 'حتى',
  withdraw: 'سحب الإذن',
  withdrawAll: 'سحب الإذن كله',
  history: 'دخولك إلى الخدمات',
  noHistory: 'لم تدخل إلى أي خدمة بعد.',
  showings: 'من تحقق من هويتك',
  noShowings: 'لم يتحقق أحد من هويتك عبر الإنترنت في آخر ٩٠ يومًا.',
  context: {
    counter: 'عند شبّاك',
    gate: 'عند بوابة',
    border: 'عند منفذ حدودي',
    age: 'للعمر فقط',
    online: 'عبر الإنترنت',
  },
  shown: { S: 'رمز مطبوع', D: 'رمز الهاتف', C: 'رمز الهاتف', V: 'بيانات من محفظتك' },
  outcome: { accepted: 'قُبل', rejected: 'رُفض', undecided: 'لم يُحسم' },
  notifications: 'ما أُبلغت به',
  unseen: 'جديد',
  told: {
    'authenticator.bound': 'رُبطت وسيلة دخول',
    'authenticator.removed': 'أُزيلت وسيلة دخول',
    'setup_code.issued': 'طُلب رمز لربط وسيلة جديدة',
    'recovery.codes_made': 'صدرت رموز استعادة جديدة',
    'recovery.code_used': 'استُعمل رمز استعادة لاسترداد الحساب',
    'recovery.at_centre': 'استُردّ الحساب في مركز خدمة، وأُزيلت الوسائل السابقة',
    'session.ended': 'أُنهي دخول من أحد الأجهزة',
    'consent.withdrawn': 'سُحب إذن خدمة',
    'login.reported': 'أبلغت عن طلب دخول لم يكن منك',
    'account.suspended': 'أُوقف حسابك، ورموز هويتك معه',
    'account.resumed': 'أُعيد حسابك، وعادت رموز هويتك صالحة',
    'account.closed': 'أُغلق حسابك، وأُلغيت رموز هويتك',
  },
  fresh: 'أثبتّ نفسك للتو، فتستطيع إجراء التغييرات خمس دقائق، بمستوى',
  freshNot: 'قبل أي تغيير نطلب منك الدخول مرة أخرى.',
  proveHigher: 'الدخول الآن بمستوى',
  logout: 'تسجيل الخروج',
  backToAccount: 'العودة إلى حسابك',
  removeTitle: 'إزالة وسيلة الدخول',
  removeLast: 'هذه آخر وسيلة تبلغ بها هذا المستوى. بعد إزالتها لن تدخل به إلا بعد زيارة مركز خدمة أو ربط غيرها:',
  removeLastNone: 'بعد إزالتها لن تبقى لك أي وسيلة للدخول، ولن تعود إلا بزيارة مركز خدمة.',
  removeYes: 'نعم، أزلها',
  keep: 'لا، أبقها',
  bindTitle: 'ربط تطبيق الهوية على جهاز آخر',
  bindHelp: 'افتح تطبيق الهوية على الجهاز الآخر واكتب هذا الرمز. يصلح عشر دقائق ومرة واحدة. لا تعطه لأحد.',
  bindWallet: 'رمز الربط',
  notInTitle: 'لم تدخل إلى حسابك',
  notInHelp: 'أُلغي الدخول أو لم يكتمل.',
  logIn: 'الدخول إلى حسابي',
  freshTitle: 'أثبت أنك أنت',
  freshAsk: 'لهذا التغيير نطلب منك الدخول مرة أخرى الآن، بهذا المستوى أو أعلى:',
  freshGo: 'الدخول مرة أخرى',
  lostTitle: 'ضاع هاتفك وليس معك غيره؟',
  lostHelp:
    'أزل الضائع الآن حتى لا يُقبل رمز الهوية الذي يعرضه: ادخل باسم المستخدم وكلمة المرور ومعهما رمز استعادة أو رمز تطبيق المصادقة، ثم اضغط «إزالة» بجانبه.',
  lostGo: 'الدخول بكلمة المرور ورمز',
  recoverTitle: 'استعادة الحساب',
  recoverLead:
    'إن فقدت هاتفك أو مفتاحك فاكتب اسم المستخدم وكلمة المرور وأحد رموز الاستعادة التي طبعتها، ثم اربط وسيلة جديدة.',
  recoverCode: 'رمز استعادة',
  recoverGo: 'متابعة',
  recoverDone: 'قُبل الرمز، ولا يصلح مرة أخرى. اربط الآن وسيلة جديدة: معك ربع ساعة.',
  recoverCentre: 'لا تملك رموزًا؟ زر أي مركز خدمة: ببصمتك تعيّن وسائل جديدة وتُلغى القديمة.',
  notice: {
    removed: 'أُزيلت وسيلة الدخول.',
    renamed: 'حُفظ الاسم.',
    session_ended: 'أُنهي الدخول، وأُبلغت الخدمات التي دخلتها به.',
    consent_withdrawn: 'سُحب الإذن، وانتهى كل ما أُعطي به.',
    claim_withdrawn: 'لن ترى الخدمة هذا بعد الآن. انتهى ما أُعطيت من قبل، وستسألك إن احتاجت إليه من جديد.',
    code_set: 'حُفظ رمزك.',
    code_removed: 'أُلغي رمزك.',
    proven: 'أثبتّ نفسك. أعد الآن ما أردت تغييره.',
    fresh_login_needed: 'لهذا التغيير أثبت نفسك أولًا.',
    authenticator_unknown: 'هذه الوسيلة أُزيلت من قبل.',
    session_unknown: 'انتهى هذا الدخول من قبل.',
    consent_unknown: 'سُحب هذا الإذن من قبل.',
    name_malformed: 'اكتب اسمًا من حرف واحد إلى ٦٠ حرفًا.',
    user_code_malformed: 'الرمز من ٤ إلى ١٦ حرفًا لاتينيًا أو رقمًا.',
    not_reached: 'لم يبلغ الدخول المستوى المطلوب. إن لم تكن لديك وسيلة تبلغه فزر مركز خدمة.',
    not_ours: 'لم يأتِ هذا الطلب من صفحتنا. حاول مرة أخرى.',
  },
};

const en: Texts = {
  heading: 'Your account',
  level: { low: 'low', substantial: 'substantial', high: 'high' },
  reach: 'The highest level that your ways in reach',
  reachNone: 'Your ways in are not enough by themselves',
  identity: 'Your identity’s level',
  authenticators: 'Ways to log in',
  type: {
    password: 'Password',
    wallet_key: 'Identity app',
    passkey: 'Passkey',
    totp: 'Authenticator app',
    recovery_code: 'Recovery codes',
    setup_code: 'Setup code',
    user_code: 'Your code at services',
  },
  boundAt: 'bound',
  usedAt: 'last used',
  codesLeft: 'left',
  rename: 'Rename',
  name: 'Name',
  save: 'Save',
  remove: 'Remove',
  recoverWrong: 'The user name, the password or the recovery code is wrong.',
  lostPhone: 'If you lose a phone, remove it here: the identity code it shows is accepted nowhere from then on.',
  add: 'Add a way in',
  addHelp: 'What you add here reaches the level of your login now at most. For more, go to a service centre.',
  adds: {
    passkey: 'Passkey',
    wallet: 'Identity app on another device',
    totp: 'Authenticator app',
    password: 'Password',
  },
  recovery: 'Recovery codes',
  recoveryHelp:
    'Ten codes to print and keep away from your phone. Each is good once, with your password, if you lose everything else.',
  makeCodes: 'Make ten new codes',
  codesHeading: 'Recovery codes',
  codesOnce:
    'Print this page or write the codes down now: they are not shown again, and those before them are good no longer.',
  codesUse: 'To recover: open the recovery page and type your user name, your password and one of these codes.',
  userCode: 'Your code at services',
  userCodeHelp:
    'If you set one, login requests that staff and call centres of services make reach you only when you told them this code. 4 to 16 letters or digits.',
  userCodeSet: 'You have set one.',
  userCodeNew: 'New code',
  userCodeRemove: 'Take it away',
  sessions: 'Where you are logged in',
  thisOne: 'this browser',
  unknownDevice: 'A browser',
  since: 'since',
  endSession: 'End',
  consents: 'Services you let see something',
  noConsents: 'You have not allowed any.',
  sees: 'sees',
  until: 'until',
  withdraw: 'Take back',
  withdrawAll: 'Take back all',
  history: 'Your logins at services',
  noHistory: 'You have not logged in anywhere yet.',
  showings: 'Who checked your identity',
  noShowings: 'Nobody checked your identity online in the last 90 days.',
  context: {
    counter: 'at a counter',
    gate: 'at a gate',
    border: 'at a border',
    age: 'for the age alone',
    online: 'online',
  },
  shown: { S: 'a printed code', D: 'a code of your phone', C: 'a code of your phone', V: 'data from your wallet' },
  outcome: { accepted: 'accepted', rejected: 'rejected', undecided: 'undecided' },
  notifications: 'What you were told',
  unseen: 'new',
  told: {
    'authenticator.bound': 'A way in was bound',
    'authenticator.removed': 'A way in was removed',
    'setup_code.issued': 'A code for binding another way in was asked for',
    'recovery.codes_made': 'New recovery codes were made',
    'recovery.code_used': 'A recovery code was used to recover the account',
    'recovery.at_centre': 'The account was recovered at a service centre, and the ways in before it were removed',
    'session.ended': 'A login on a device was ended',
    'consent.withdrawn': 'A service’s permission was taken back',
    'login.reported': 'You reported a login request that was not yours',
    'account.suspended': 'Your account was suspended, and your identity codes with it',
    'account.resumed': 'Your account is active again, and your identity codes with it',
    'account.closed': 'Your account was closed, and your identity codes were revoked',
  },
  fresh: 'You have just proven yourself: changes can be made for five minutes, at the level',
  freshNot: 'Before any change you are asked to log in again.',
  proveHigher: 'Log in now at the level',
  logout: 'Log out',
  backToAccount: 'Back to your account',
  removeTitle: 'Remove a way in',
  removeLast:
    'This is the last one that reaches the level below. Once it is removed you reach that level only after a visit to a service centre, or when another is bound:',
  removeLastNone: 'Once it is removed you have no way in at all, and get one only by visiting a service centre.',
  removeYes: 'Yes, remove it',
  keep: 'No, keep it',
  bindTitle: 'Bind the identity app on another device',
  bindHelp:
    'Open the identity app on the other device and type this code. It is good for ten minutes, once. Give it to nobody.',
  bindWallet: 'Binding code',
  notInTitle: 'You are not logged in',
  notInHelp: 'The login was cancelled or did not end.',
  logIn: 'Log in to my account',
  freshTitle: 'Show that it is you',
  freshAsk: 'For this change you are asked to log in again now, at this level or a higher one:',
  freshGo: 'Log in again',
  lostTitle: 'Lost your phone, and have no other?',
  lostHelp:
    'Remove the lost one now, so that the identity code it shows is accepted nowhere: log in with your user name and password together with a recovery code or a code of your authenticator app, then press “Remove” beside it.',
  lostGo: 'Log in with password and a code',
  recoverTitle: 'Recover your account',
  recoverLead:
    'If you lost your phone or key, type your user name, your password and one of the recovery codes you printed; then bind a new way in.',
  recoverCode: 'Recovery code',
  recoverGo: 'Continue',
  recoverDone: 'The code was accepted and is used up. Bind a new way in now: you have a quarter of an hour.',
  recoverCentre: 'No codes? Go to any service centre: with your fingerprint you set new ways in, and the old ones end.',
  notice: {
    removed: 'The way in was removed.',
    renamed: 'The name is saved.',
    session_ended: 'The login was ended, and the services in it were told.',
    consent_withdrawn: 'The permission was taken back; all that was given under it has ended.',
    claim_withdrawn:
      'The service does not see this any more. What it was given has ended; should it need this again, it asks you.',
    code_set: 'Your code is saved.',
    code_removed: 'Your code was taken away.',
    proven: 'You have proven yourself. Now do again what you wanted to change.',
    fresh_login_needed: 'For this change, prove yourself first.',
    authenticator_unknown: 'This way in was removed already.',
    session_unknown: 'This login had ended already.',
    consent_unknown: 'This permission was taken back already.',
    name_malformed: 'Type a name of 1 to 60 characters.',
    user_code_malformed: 'The code has 4 to 16 Latin letters or digits.',
    not_reached:
      'The login did not reach the level that is needed. If you have nothing that reaches it, go to a service centre.',
    not_ours: 'This request did not come from our page. Try again.',
  },
};

export const accountTexts = { ar, en } as const;
