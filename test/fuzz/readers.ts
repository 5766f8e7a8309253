// Properties of what the other readers' services send, for long runs.
import { secugenAnswerHolds } from '../kiosk/core/devices/secugen-fuzz.ts';

export const readerTargets = [{ name: 'secugen.answer', property: secugenAnswerHolds }] as const;
