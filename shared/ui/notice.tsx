// A notice: what happened and what to do now. Bad ones are announced at once, others when the reader is free.
import type { ReasonText } from '../i18n/catalogue.ts';
import { Sign, type Tone } from './shapes.tsx';

type Props = { readonly tone: Tone; readonly says: ReasonText | string };

export function Notice({ tone, says }: Props) {
  const { what, next } = typeof says === 'string' ? { what: says, next: undefined } : says;
  return (
    <div class={`notice ${tone}`} role={tone === 'bad' ? 'alert' : 'status'}>
      <Sign tone={tone} />
      <p class="what">{what}</p>
      {next !== undefined && <p class="next">{next}</p>}
    </div>
  );
}
