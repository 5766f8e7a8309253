// English: the catalogue whose shape the others must have.
import { activation } from './activation.ts';
import { booking } from './booking.ts';
import { check } from './check.ts';
import { kiosk } from './kiosk.ts';
import { edge, kioskActs, problems, reader } from './reasons.ts';
import { outcomes, scanner, verdict } from './verdict.ts';
import { verifier } from './verifier.ts';

export const english = {
  name: 'Tawthiq',
  languageName: 'English',
  switchLanguage: 'اعرض بالعربية',
  back: 'Back',
  cancel: 'Cancel',
  close: 'Close',
  tryAgain: 'Try again',
  loading: 'One moment',
  whatToDo: 'What to do',
  unknownReason: {
    what: (code: string) => `This did not work (code: ${code})`,
    next: 'Try again. If it happens again, tell your supervisor the code.',
  },
  outcomes,
  verdict,
  scanner,
  verifier,
  kiosk,
  booking,
  reasons: { check, activation, reader, edge, kioskActs, problems },
};
