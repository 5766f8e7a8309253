// What the start page says, in both languages. One table.
import { formatNumber } from '../../shared/i18n/format.ts';
import type { PartName, Standing } from './parts.ts';

/** The name of a part, and what its fall took with it. */
type PartWords = Readonly<Record<PartName, readonly [name: string, lost: string]>>;
const partsAr: PartWords = {
  edge: ['الحافة', 'أعد ما لم يكتمل.'],
  kiosk: ['الكشك', 'سجّل الدخول فيه من جديد، وأعد ما لم يكتمل.'],
  reader: ['قارئ البصمة المحاكى', 'ضع الإصبع عليه من جديد.'],
};
const partsEn: PartWords = {
  edge: ['The edge', 'Begin again what was not finished.'],
  kiosk: ['The kiosk', 'Log in there again, and begin again what was not finished.'],
  reader: ['The simulated reader', 'Put the finger on it again.'],
};

export type Words = {
  readonly dir: 'rtl' | 'ltr';
  readonly title: string;
  readonly lead: string;
  readonly other: string;
  /** A part that fell: which, and at what time of day. */
  readonly fallen: Readonly<Record<Standing, (part: PartName, time: string) => string>>;
  /** npm start itself no longer answers. */
  readonly ended: string;
  readonly where: string;
  readonly places: Readonly<
    Record<'kiosk' | 'verify' | 'service' | 'setup' | 'reader' | 'discovery', readonly [string, string]>
  >;
  readonly who: string;
  readonly operators: string;
  readonly username: string;
  readonly password: string;
  readonly role: string;
  readonly roles: Readonly<Record<'operator' | 'supervisor', string>>;
  /** How a supervisor approves that no finger of the person is read. */
  readonly exception: (supervisor: string) => string;
  readonly people: string;
  readonly number: string;
  readonly name: string;
  readonly born: string;
  readonly note: string;
  readonly population: (count: number) => string;
  readonly canLogIn: string;
  readonly tryIt: string;
  readonly steps: readonly { readonly title: string; readonly text: string }[];
  readonly terminal: string;
  /** What each command of `commandsOf` does. */
  readonly commands: Readonly<Record<CommandName, string>>;
  readonly caption: string;
};

export const commandNames = ['wallet', 'bind', 'revoke', 'line', 'hours', 'invite', 'verify', 'demo', 'reset'] as const;
export type CommandName = (typeof commandNames)[number];

export const words: Record<'ar' | 'en', Words> = {
  ar: {
    dir: 'rtl',
    title: 'توثيق على هذا الجهاز',
    lead: 'الشبكة كلّها تعمل هنا: الحافة والكشك وقارئ البصمة وخدمة إلكترونية للتجربة. لا شيء يخرج من هذا الجهاز.',
    other: 'English',
    // The name first, by itself: the parts are of two genders.
    fallen: {
      fell: (part) => `${partsAr[part][0]}: توقّف هذا الجزء من تلقاء نفسه، ويُعاد تشغيله الآن.`,
      again: (part, time) =>
        `${partsAr[part][0]}: توقّف هذا الجزء من تلقاء نفسه (${time}) ثم عاد بما حفظه. ${partsAr[part][1]}`,
      gone: (part, time) =>
        `${partsAr[part][0]}: هذا الجزء متوقّف منذ ${time}. أنهِ الشبكة كلها بـ ‎Ctrl+C‎ ثم شغّل ‎npm start‎ من جديد: ما حفظته باقٍ.`,
    },
    ended: 'انتهى ‎npm start‎، ولا شيء في هذه الصفحة يعمل الآن. شغّله من جديد: ما حفظته الشبكة باقٍ.',
    where: 'أين كل شيء',
    places: {
      kiosk: ['الكشك', 'تفعيل الحسابات وفحص الرموز'],
      verify: ['صفحة التحقق', 'لأي منشأة: امسح رمزًا واعرف حكمه في المتصفح نفسه'],
      service: ['خدمة إلكترونية', 'تسجّل دخول الناس بتوثيق'],
      setup: ['إعداد الحساب', 'اسم المستخدم وكلمة المرور برمز يعطيه التفعيل'],
      reader: ['قارئ البصمة المحاكى', 'اختر إصبع من يوضع على الزجاج'],
      discovery: ['وثيقة الاكتشاف', 'لمن يربط خدمته (OpenID Connect)'],
    },
    who: 'من يستطيع الدخول',
    operators: 'موظفو المركز (في الكشك)',
    username: 'اسم المستخدم',
    password: 'كلمة المرور',
    role: 'العمل',
    roles: { operator: 'موظف', supervisor: 'مشرف' },
    exception: (supervisor) =>
      `بصمة ${supervisor} مسجّلة لدى الحافة، وإصبعه في قائمة القارئ المحاكى: بها يوافق على التفعيل بلا بصمة. ابدأ تفعيلًا واختر «لا إصبع تُقرأ»، وصوّر ورقة بكاميرا هذا الجهاز، ثم اكتب اسمه وكلمة مروره، وضع إصبعه على القارئ.`,
    people: 'أشخاص للتجربة',
    number: 'الرقم الموحّد',
    name: 'الاسم',
    born: 'الميلاد',
    note: 'ما يستحق التجربة',
    population: (count) => `في السجل ${formatNumber('ar', count)} شخص، وهؤلاء منهم:`,
    canLogIn: 'مفعَّل، ويدخل باسم المستخدم',
    tryIt: 'ثلاثة أشياء للتجربة',
    steps: [
      {
        title: 'فعّل حسابًا',
        text: 'في الكشك سجّل دخول الموظف، واكتب رقم شخص من القائمة، وضع إصبعه على القارئ المحاكى. جرّب إصبع غيره أولًا: يُرفض.',
      },
      {
        title: 'افحص الرمز ثم أبطله',
        text: 'امسح الرمز الذي أعطاه التفعيل أو ألصق نصّه في صفحة التحقق، ثم أبطله بالأمر أدناه وافحصه مرة أخرى.',
      },
      {
        title: 'سجّل الدخول إلى الخدمة',
        text: 'افتح الخدمة الإلكترونية وادخل باسم المستخدم وكلمة المرور لشخص مفعَّل، أو ابدأ برقمه الموحّد، ثم اكتب الرقم الذي تعرضه الصفحة في محفظته: npm run wallet',
      },
    ],
    terminal: 'من الطرفية',
    commands: {
      wallet: 'محفظة الشخص المفعَّل: تعرض من يطلب دخوله، وتأخذ الرقم الذي تعرضه الصفحة',
      bind: 'محفظة جديدة لمن فعّلته، بالرمز الذي أعطاه التفعيل',
      revoke: 'يبطل هوية أول من في القائمة بعد تفعيله: افحص رمزه قبل ذلك وبعده',
      hours: 'أوقات المركز: هو مفتوح ليلًا ونهارًا للتجربة',
      line: 'يقطع الخط: لا تجيب الحافة، فيسجّل الكشك التفعيل ويفحص الرموز بما عنده من قوائم؛ ثم mend مكان cut يصله فيُرسل ما ينتظر مرة واحدة',
      invite: 'دعوة لكشك ثانٍ',
      verify: 'برنامج منشأة يسأل الحافة بمفتاحها، ويعود بحكم وإيصال موقّع',
      demo: 'القصة كلها بلا شاشات، في شبكة لها وحدها',
      reset: 'ينسى هذه الشبكة كلها (بعد إيقافها)',
    },
    caption: 'كلمات مرور تجريبية لشبكة تستمع إلى هذا الجهاز وحده.',
  },
  en: {
    dir: 'ltr',
    title: 'Tawthiq on this machine',
    lead: 'The whole network runs here: the edge, a kiosk, a fingerprint reader and an online service to try it with. Nothing leaves this machine.',
    other: 'العربية',
    fallen: {
      fell: (part) => `${partsEn[part][0]} ended by itself and is being started again.`,
      again: (part, time) =>
        `${partsEn[part][0]} ended by itself and runs again, with what it kept (${time}). ${partsEn[part][1]}`,
      gone: (part, time) =>
        `${partsEn[part][0]} is gone since ${time}. End the whole network with Ctrl+C and run npm start again: what it kept is kept.`,
    },
    ended: 'npm start has ended: nothing on this page runs now. Start it again: what the network kept is kept.',
    where: 'Where everything is',
    places: {
      kiosk: ['Kiosk', 'activate accounts, check codes'],
      verify: ['Verifier page', 'for any business: scan a code, the verdict is reached in the browser itself'],
      service: ['Online service', 'logs people in with Tawthiq'],
      setup: ['Account setup', 'user name and password, with the code that activation gives'],
      reader: ['Simulated fingerprint reader', 'choose whose finger is on the glass'],
      discovery: ['Discovery document', 'for whoever connects a service (OpenID Connect)'],
    },
    who: 'Who can log in',
    operators: 'Service-centre staff (at the kiosk)',
    username: 'User name',
    password: 'Password',
    role: 'Work',
    roles: { operator: 'Operator', supervisor: 'Supervisor' },
    exception: (supervisor) =>
      `${supervisor}’s finger is enrolled at the edge and is on the simulated reader’s list: with it he approves an activation without a finger. Begin an activation, choose “No finger can be read”, photograph a sheet of paper with this machine’s camera, type his name and password, then put his finger on the reader.`,
    people: 'People to try it with',
    number: 'Unified number',
    name: 'Name',
    born: 'Born',
    note: 'Worth trying',
    population: (count) => `The registry knows ${formatNumber('en', count)} people, these among them:`,
    canLogIn: 'active, logs in as',
    tryIt: 'Three things to try',
    steps: [
      {
        title: 'Activate an account',
        text: 'Log the operator in at the kiosk, type the number of somebody below, put their finger on the simulated reader. Try someone else’s finger first: it is refused.',
      },
      {
        title: 'Check a code, then revoke it',
        text: 'Scan the code that the activation gave, or paste its text, on the verifier page; revoke it with the command below and check it again.',
      },
      {
        title: 'Log in at the service',
        text: 'Open the online service and log in with the user name and password of someone active, or begin with their unified number and type the number that the page shows in their wallet: npm run wallet',
      },
    ],
    terminal: 'From a terminal',
    commands: {
      wallet: 'the wallet of whoever is active: shows who asks them to log in, takes the number that the page shows',
      bind: 'a new wallet for whom you activated, with the code that the activation gave',
      revoke: 'revokes the identity of the first of the list once they are active: check their code before and after',
      hours: "the centre's hours: it is open day and night, so that it can be tried",
      line: 'cuts the line: no edge answers, the kiosk records activations and checks codes with the lists it has; mend in place of cut gives it back, and what waits is sent, once',
      invite: 'an invitation for a second kiosk',
      verify: "a business's own software asks the edge with its key, and gets a verdict with a signed receipt",
      demo: 'the whole story without screens, in a network of its own',
      reset: 'forgets this network, once it is stopped',
    },
    caption: 'Demo passwords of a network that listens on this machine only.',
  },
};
