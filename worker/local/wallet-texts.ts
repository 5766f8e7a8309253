// What `npm run wallet` says, in both languages. One table.
import { formatNumber, plural } from '../../shared/i18n/format.ts';

export type WalletWords = {
  readonly usage: string;
  readonly bound: (name: string) => string;
  readonly noWallet: string;
  readonly noSuchWallet: (name: string) => string;
  readonly nameTaken: (name: string) => string;
  readonly badName: string;
  readonly notACode: string;
  readonly noNetwork: (stateDir: string) => string;
  readonly notRunning: (url: string) => string;
  readonly waiting: (seconds: number) => string;
  readonly nothingCame: string;
  readonly asks: (service: string) => string;
  readonly purpose: string;
  readonly from: string;
  readonly wallet: string;
  readonly prompt: (digits: number) => string;
  readonly notANumber: (digits: number) => string;
  readonly states: Readonly<Record<'approved' | 'refused' | 'reported', string>>;
};

/** What a person may type instead of the number. */
export const refusalWords: readonly string[] = ['n', 'no', 'لا'];
export const reportWords: readonly string[] = ['r', 'report', 'بلاغ'];

const commands = `npm run wallet -- [--name NAME] [--lang ar|en] [--state DIR] [--wait SECONDS]
npm run wallet -- bind CODE [--name NAME]`;

const digitForms = { zero: '#', one: 'خانة', two: 'خانتان', few: '# خانات', many: '# خانة', other: '# خانة' };

export const walletWords: Readonly<Record<'ar' | 'en', WalletWords>> = {
  ar: {
    usage: `${commands}

بلا أمر: ينتظر طلب دخول، ويعرض من يسأل ولماذا، ويأخذ الرقم الذي تعرضه الصفحة.
bind: يربط محفظة جديدة بالرمز الذي أعطاه التفعيل في الكشك (صالح لساعة).`,
    bound: (name) => `رُبطت المحفظة «${name}». ابدأ الدخول في الخدمة بالرقم الموحّد، ثم: npm run wallet`,
    noWallet: 'لا محفظة هنا بعد: فعّل شخصًا في الكشك، ثم: npm run wallet -- bind الرمز',
    noSuchWallet: (name) => `لا محفظة هنا باسم «${name}»`,
    nameTaken: (name) => `هنا محفظة باسم «${name}»: اختر اسمًا آخر بعد ‎--name`,
    badName: 'اسم المحفظة حروف لاتينية صغيرة وأرقام وشرطات، أربعون على الأكثر',
    notACode: 'ليس هذا رمز إعداد: يعطيه التفعيل في الكشك، وهو ٢٥ خانة',
    noNetwork: (stateDir) => `لا شبكة محفوظة في ${stateDir}: شغّلها أولًا بالأمر npm start`,
    notRunning: (url) => `لا تجيب الحافة في ${url}: شغّلها أولًا بالأمر npm start`,
    waiting: (seconds) =>
      `لا طلب الآن. ابدأ الدخول في الخدمة بالرقم الموحّد. أقصى انتظار بالثواني: ${formatNumber('ar', seconds)} …`,
    nothingCame: 'لم يصل طلب.',
    asks: (service) => `${service} تطلب دخولك`,
    purpose: 'الغرض',
    from: 'من',
    wallet: 'المحفظة',
    prompt: (digits) =>
      `اكتب الرقم الذي تعرضه الصفحة (${plural('ar', digits, digitForms)})، أو «لا» للرفض، أو «بلاغ» إن لم تكن أنت: `,
    notANumber: (digits) => `الرقم من ${plural('ar', digits, { ...digitForms, two: 'خانتين' })}.`,
    states: { approved: 'تمت الموافقة: عُد إلى الصفحة.', refused: 'رُفض الطلب.', reported: 'رُفض الطلب، وبُلّغ عنه.' },
  },
  en: {
    usage: `${commands}

Without a command: waits for a login, shows who asks and why, and takes the number that the page shows.
bind: binds a new wallet with the code that an activation at the kiosk gave (good for an hour).`,
    bound: (name) =>
      `The wallet "${name}" is bound. Begin a login at the service with the unified number, then: npm run wallet`,
    noWallet: 'There is no wallet here yet: activate somebody at the kiosk, then: npm run wallet -- bind CODE',
    noSuchWallet: (name) => `There is no wallet "${name}" here`,
    nameTaken: (name) => `There is a wallet "${name}" here: choose another name with --name`,
    badName: "A wallet's name has small Latin letters, digits and dashes, forty at most",
    notACode: 'This is no setup code: an activation at the kiosk gives one, of 25 characters',
    noNetwork: (stateDir) => `No network is kept in ${stateDir}: run npm start first`,
    notRunning: (url) => `No edge answers at ${url}: run npm start first`,
    waiting: (seconds) => `Nothing waits. Begin a login at the service with the unified number: waiting ${seconds} s …`,
    nothingCame: 'No login came.',
    asks: (service) => `${service} asks you to log in`,
    purpose: 'Purpose',
    from: 'From',
    wallet: 'Wallet',
    prompt: (digits) =>
      `Type the number that the page shows (${digits} digits), or "no" to refuse, or "report" if this is not you: `,
    notANumber: (digits) => `The number has ${digits} digits.`,
    states: { approved: 'Approved: go back to the page.', refused: 'Refused.', reported: 'Refused, and reported.' },
  },
};
