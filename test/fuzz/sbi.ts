// Properties of what SBI readers send, for long runs.
import { signJws } from '../../kiosk/core/devices/fingerprint/sbi/simulator-keys.ts';
import { framesHold, sbiAnswersHold, signedHolds, unsignedHolds } from '../kiosk/core/devices/sbi-fuzz.ts';
import { keys } from '../kiosk/core/devices/sbi-reader.ts';

export const sbiTargets = [
  { name: 'sbi.answers', property: sbiAnswersHold },
  { name: 'sbi.unsigned', property: unsignedHolds },
  { name: 'sbi.signed', property: signedHolds(signJws({ any: 'payload' }, keys.device), keys) },
  { name: 'sbi.frames', property: framesHold },
] as const;
