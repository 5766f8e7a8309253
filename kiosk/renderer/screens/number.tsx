// The person's unified number, with which an activation begins.
import { useLocale } from '../../../shared/ui/locale-context.tsx';
import { Notice } from '../../../shared/ui/notice.tsx';
import type { KioskBridge, KioskState } from '../../bridge/contract.ts';
import { useCall } from '../bridge.ts';
import { NumberEntry } from './number-entry.tsx';

type Props = { readonly bridge: KioskBridge; readonly state: KioskState };

export function NumberScreen({ bridge, state }: Props) {
  const { text } = useLocale();
  const begin = useCall(bridge, 'activation.begin');
  const words = text.kiosk.number;
  return (
    <NumberEntry
      title={words.title}
      hint={words.hint}
      busy={begin.busy}
      failure={begin.failure}
      changed={begin.clear}
      submit={(number) => void begin.run({ number })}
    >
      {state.line.state === 'down' && <Notice tone="careful" says={words.offline} />}
    </NumberEntry>
  );
}
