// Arabic: the first language of the screens. Its keys are those of the English catalogue, or it does not compile.
import type { english } from '../en/catalogue.ts';
import { activation } from './activation.ts';
import { booking } from './booking.ts';
import { check } from './check.ts';
import { kiosk } from './kiosk.ts';
import { edge, kioskActs, problems, reader } from './reasons.ts';
import { outcomes, scanner, verdict } from './verdict.ts';
import { verifier } from './verifier.ts';

export const arabic: typeof english = {
  name: 'توثيق',
  languageName: 'العربية',
  switchLanguage: 'Show in English',
  back: 'رجوع',
  cancel: 'إلغاء',
  close: 'إغلاق',
  tryAgain: 'أعد المحاولة',
  loading: 'لحظة من فضلك',
  whatToDo: 'ما العمل؟',
  unknownReason: {
    what: (code: string) => `تعذّر إتمام العملية (الرمز: ${code})`,
    next: 'أعد المحاولة. فإن تكرر ذلك فأبلغ مشرفك بالرمز.',
  },
  outcomes,
  verdict,
  scanner,
  verifier,
  kiosk,
  booking,
  reasons: { check, activation, reader, edge, kioskActs, problems },
};
