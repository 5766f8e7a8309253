// A failed call as a notice: whichever family of reasons the code belongs to, it has a sentence.
import { reasonText } from '../../shared/i18n/catalogue.ts';
import { formatDuration } from '../../shared/i18n/format.ts';
import { useLocale } from '../../shared/ui/locale-context.tsx';
import { Notice } from '../../shared/ui/notice.tsx';
import type { Failure } from './bridge.ts';

export function FailureNotice({ failure }: { readonly failure: Failure | undefined }) {
  const { locale, text } = useLocale();
  if (failure === undefined) return null;
  const { what, next } = reasonText(text, failure.reason, 'kioskActs', 'edge', 'reader', 'activation', 'problems');
  const wait = failure.retryAfterSeconds;
  const more = wait === undefined ? '' : ` ${text.kiosk.retryAfter(formatDuration(locale, wait))}`;
  return <Notice tone="bad" says={{ what, next: next + more }} />;
}
