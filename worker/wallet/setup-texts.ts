// Every sentence of the page where a person sets user name and password with the code of their activation, in both languages.
import type { SetPasswordRefusal } from '../authn/use-setup-code.ts';

export type SetupReason = SetPasswordRefusal['reason'] | 'passkey_failed' | 'not_ours';

type Texts = {
  readonly heading: string;
  readonly lead: string;
  readonly code: string;
  readonly codeHelp: string;
  readonly username: string;
  readonly usernameHelp: string;
  readonly password: string;
  readonly passwordHelp: string;
  readonly save: string;
  readonly passkey: string;
  readonly passkeyHelp: string;
  readonly passkeyHere: string;
  readonly passkeyDone: string;
  readonly passkeyDeviceBound: string;
  readonly passkeyCapped: string;
  readonly passkeySynced: string;
  readonly totp: string;
  readonly totpHelp: string;
  readonly totpSecret: string;
  readonly totpOpen: string;
  readonly otp: string;
  readonly otpWrong: string;
  readonly totpDone: string;
  readonly recoveryHelp: string;
  readonly recoveryKept: string;
  readonly doneHeading: string;
  readonly doneAlone: string;
  readonly doneBeside: string;
  readonly refused: Readonly<Record<SetupReason, string>>;
};

const ar: Texts = {
  heading: 'إعداد الحساب',
  lead: 'عيّن اسم المستخدم وكلمة المرور بالرمز الذي أعطاك إياه التفعيل في مركز الخدمة. يصلح الرمز ساعة واحدة.',
  code: 'رمز الإعداد',
  codeHelp: '٢٥ حرفًا ورقمًا كما طُبعت',
  username: 'اسم المستخدم',
  usernameHelp: 'من ٤ إلى ٣٢ حرفًا، يبدأ بحرف',
  password: 'كلمة المرور',
  passwordHelp:
    '١٥ حرفًا فأكثر تكفي وحدها، و٨ فأكثر مع وسيلة أخرى. المسافات والعربية مقبولة: جملة تتذكرها خير من رموز تنساها.',
  save: 'حفظ',
  passkey: 'ربط مفتاح مرور',
  passkeyHelp:
    'بدلًا من كلمة المرور أو معها: مفتاح في هذا الجهاز تفتحه ببصمتك أو وجهك. اكتب رمز الإعداد أعلاه، ثم اضغط.',
  passkeyHere: 'مفتاح في هذا الجهاز تفتحه ببصمتك أو وجهك أو رمزك.',
  passkeyDone: 'رُبط مفتاح المرور',
  passkeyDeviceBound: 'لا يغادر هذا المفتاح جهازه، فتستطيع الدخول به إلى كل الخدمات، حتى أشدّها طلبًا.',
  passkeyCapped: 'تستطيع الدخول به الآن، بمستوى الدخول الذي ربطته به. ليبلغ أعلى مستوى اربطه برمز من مركز خدمة.',
  passkeySynced: 'تستطيع الدخول به الآن. هو محفوظ في حسابك لدى صانع الجهاز، فلا يكفي للخدمات التي تطلب أعلى مستوى.',
  totp: 'ربط تطبيق مصادقة',
  totpHelp: 'رمز من ستة أرقام يتغير كل ٣٠ ثانية، يُكتب مع كلمة المرور فيرفع مستوى الدخول.',
  totpSecret: 'أضف حسابًا في تطبيق المصادقة واكتب فيه هذا المفتاح، ثم اكتب هنا الرمز الذي يظهر.',
  totpOpen: 'أو افتح التطبيق في هذا الجهاز',
  otp: 'الرمز الظاهر في التطبيق',
  otpWrong: 'ليس هذا رمز التطبيق الآن. راجع المفتاح وساعة الجهاز، ثم اكتب الرمز الجديد.',
  totpDone: 'رُبط تطبيق المصادقة',
  recoveryHelp:
    'احفظ رموز الاستعادة هذه على ورق: كل رمز يصلح مرة واحدة مع كلمة المرور إن فقدت التطبيق أو الهاتف، ولن نعرضها مرة أخرى.',
  recoveryKept: 'رموز الاستعادة التي عندك على ورق ما زالت صالحة كما هي، ولهذا التطبيق أيضًا.',
  doneHeading: 'حُفظ اسم المستخدم وكلمة المرور',
  doneAlone: 'تستطيع الدخول بهما الآن إلى الخدمات الإلكترونية.',
  doneBeside: 'كلمة المرور هذه قصيرة فلا تكفي وحدها: اربط محفظتك أو مفتاح مرور لتدخل بها.',
  refused: {
    setup_code_unknown: 'هذا الرمز غير معروف. راجع الحروف والأرقام كما طُبعت.',
    setup_code_expired: 'انتهت ساعة هذا الرمز. اطلب غيره في مركز خدمة.',
    setup_code_used: 'استُعمل هذا الرمز لهذا الغرض من قبل.',
    username_malformed: 'اسم المستخدم من ٤ إلى ٣٢ حرفًا من كتابة واحدة أو أرقام أو نقاط أو شرطات، ويبدأ بحرف.',
    username_taken: 'اسم المستخدم هذا مأخوذ. اختر غيره.',
    password_too_short: 'كلمة المرور قصيرة: ١٥ حرفًا، أو ٨ مع وسيلة أخرى.',
    password_too_long: 'كلمة المرور طويلة: ٢٥٦ حرفًا على الأكثر.',
    password_malformed: 'في كلمة المرور ما ليس حروفًا صحيحة.',
    password_common: 'هذه من أكثر كلمات المرور شيوعًا. اختر غيرها.',
    password_breached: 'كلمة المرور هذه معروفة من تسريبات سابقة في الإنترنت. اختر غيرها.',
    password_repeats: 'كلمة المرور تكرار لمقطع واحد. اختر غيرها.',
    password_sequence: 'كلمة المرور صفّ من لوحة المفاتيح أو الأبجدية. اختر غيرها.',
    password_is_username: 'كلمة المرور مأخوذة من اسم المستخدم. اختر غيرها.',
    password_is_service: 'كلمة المرور مأخوذة من اسم الخدمة. اختر غيرها.',
    passkey_failed: 'لم يُقبل مفتاح المرور، أو أُلغي. حاول مرة أخرى.',
    not_ours: 'لم يأتِ هذا الطلب من صفحتنا. حاول مرة أخرى.',
  },
};

const en: Texts = {
  heading: 'Account setup',
  lead: 'Set a user name and a password with the code that your activation at the service centre gave. The code is good for one hour.',
  code: 'Setup code',
  codeHelp: '25 letters and digits, as printed',
  username: 'User name',
  usernameHelp: '4 to 32 characters, beginning with a letter',
  password: 'Password',
  passwordHelp:
    '15 characters or more are enough alone, 8 or more beside another way. Spaces and Arabic are welcome: a sentence you remember is better than signs you forget.',
  save: 'Save',
  passkey: 'Bind a passkey',
  passkeyHelp:
    'Instead of the password or beside it: a key on this device that you open with your finger or face. Type the setup code above, then press.',
  passkeyHere: 'A key on this device that you open with your finger, face or code.',
  passkeyDone: 'The passkey is bound',
  passkeyDeviceBound:
    'This key does not leave its device, so you can log in with it everywhere, also where the highest level is asked for.',
  passkeyCapped:
    'You can log in with it now, at the level of the login you bound it with. For the highest level, bind it with a code from a service centre.',
  passkeySynced:
    "You can log in with it now. It is kept in your account with the device's maker, so it is not enough where the highest level is asked for.",
  totp: 'Bind an authenticator app',
  totpHelp: 'Six digits that change every 30 seconds, typed beside the password: the login reaches a higher level.',
  totpSecret: 'Add an account in the authenticator app and type this key there, then type here the code that it shows.',
  totpOpen: 'Or open the app on this device',
  otp: 'The code that the app shows',
  otpWrong: "This is not the app's code now. Check the key and the device's clock, then type the new code.",
  totpDone: 'The authenticator app is bound',
  recoveryHelp:
    'Keep these recovery codes on paper: each is good once, with your password, if you lose the app or the phone. They are not shown again.',
  recoveryKept: 'The recovery codes that you have on paper stay good as they are, for this app too.',
  doneHeading: 'User name and password are set',
  doneAlone: 'You can log in at online services with them now.',
  doneBeside: 'This password is too short to be enough alone: bind your wallet or a passkey to log in.',
  refused: {
    setup_code_unknown: 'This code is not known. Check the letters and digits as printed.',
    setup_code_expired: 'This code is past its hour. Ask for another at a service centre.',
    setup_code_used: 'This code was used for this already.',
    username_malformed:
      'A user name has 4 to 32 letters of one script, digits, dots or dashes, and begins with a letter.',
    username_taken: 'This user name is taken. Choose another.',
    password_too_short: 'The password is too short: 15 characters, or 8 beside another way.',
    password_too_long: 'The password is too long: at most 256 characters.',
    password_malformed: 'The password has something in it that is not text.',
    password_common: 'This is one of the most used passwords. Choose another.',
    password_breached: 'This password is known from earlier breaches on the internet. Choose another.',
    password_repeats: 'The password repeats one piece. Choose another.',
    password_sequence: 'The password is a row of the keyboard or the alphabet. Choose another.',
    password_is_username: 'The password is made of the user name. Choose another.',
    password_is_service: "The password is made of the service's name. Choose another.",
    passkey_failed: 'The passkey was not accepted, or was cancelled. Try again.',
    not_ours: 'This request did not come from our page. Try again.',
  },
};

export const setupTexts = { ar, en } as const;
