// Passwords that are refused when they are set: common, made of one pattern, or made of what is known about the account
// (SP 800-63B-4 §3.1.1.2). Compared whole, never in part: a long phrase may hold a common word.

export type BlockReason =
  | 'password_common'
  | 'password_repeats'
  | 'password_sequence'
  | 'password_is_username'
  | 'password_is_service';

/** Kinds of the world's most used passwords of 8 characters and more, Arabic key rows and words among them. */
const common = new Set(
  `password password1 password12 password123 password1234 password12345 p@ssw0rd p@ssword passw0rd pa$$word pa$$w0rd
  qwertyuiop qwertyui qwerty123 qwerty1234 qwerty12345 1q2w3e4r 1q2w3e4r5t 1qaz2wsx 1qaz2wsx3edc zaq12wsx qazwsxedc asdfghjkl
  asdfghjk zxcvbnm1 zxcvbnm123 iloveyou iloveyou1 princess sunshine football baseball superman batman123 trustno1 welcome1
  welcome123 letmein1 letmein123 admin123 admin1234 administrator changeme changeme123 default123 computer internet samsung1
  whatever starwars abc12345 abcd1234 abcdefgh a1b2c3d4 aa123456 aaa12345 q1w2e3r4 q1w2e3r4t5 monkey123 dragon123 master123
  shadow123 michael1 jennifer jordan23 liverpool chelsea1 arsenal1 barcelona realmadrid cristiano ronaldo7 mohammed mohamed1
  mohammad muhammad abdullah abdulaziz abdulrahman saudi123 saudiarabia alhilal1 alnassr1 riyadh123 jeddah123 makkah123
  bismillah bismillah1 alhamdulillah allahakbar mashallah inshallah habibi123 ramadan1 correcthorsebatterystaple
  passwordpassword thisisapassword iamtheonlyone mypassword123456 qwertyuiopasdfgh qwertyuiop123456 passwordpassword1
  كلمةالسر كلمة_السر باسورد123 ضصثقفغعهخ بسم_الله السعودية الحمدلله محمد12345 عبدالله عبدالعزيز`.split(/\s+/),
);

const rows = [
  'abcdefghijklmnopqrstuvwxyz',
  '01234567890123456789012345678901234567890',
  'qwertyuiopasdfghjklzxcvbnm',
  'ابتثجحخدذرزسشصضطظعغفقكلمنهوي',
];
const services = ['tawthiq', 'توثيق', 'nafath', 'absher', 'نفاذ', 'أبشر'];

/** Why this password is refused for this user name, or undefined. `normal`: from normalisePassword. */
export function blockedBecause(normal: string, username: string): BlockReason | undefined {
  const plain = normal.toLowerCase();
  if (common.has(plain)) return 'password_common';
  if (isRepeated(plain)) return 'password_repeats';
  if (rows.some((row) => row.includes(plain) || [...row].reverse().join('').includes(plain)))
    return 'password_sequence';
  const core = plain.replace(/[\d\W_]+$/u, '');
  if (username !== '' && (plain === username || core === username || plain === username + username))
    return 'password_is_username';
  if (services.includes(core)) return 'password_is_service';
  return undefined;
}

/** One piece of up to a third of the text, again and again. */
function isRepeated(text: string): boolean {
  for (let size = 1; size <= Math.min(8, Math.floor(text.length / 3)); size++) {
    const piece = text.slice(0, size);
    if (piece.repeat(Math.ceil(text.length / size)).slice(0, text.length) === text) return true;
  }
  return false;
}
