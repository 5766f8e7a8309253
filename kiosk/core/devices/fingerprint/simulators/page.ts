// The page of a simulated reader: choose whose finger is on the glass. Arabic and English, no network, works without a build.
import type { Glass, LabelledFinger } from './glass.ts';

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const escapeHtml = (text: string) => text.replace(/[&<>"']/g, (sign) => escapes[sign] ?? '');

export type ShownReader = {
  readonly glass: Pick<Glass, 'occupied'>;
  readonly fingers: readonly Pick<LabelledFinger, 'id' | 'label'>[];
};

/** `chosen`: id of the finger now on the glass; undefined: none, or one that an admin request brought. */
export function simulatorPage(simulated: ShownReader, device: string, chosen: string | undefined): string {
  const buttons = simulated.fingers
    .map(
      ({ id, label }) =>
        `<button type="button" data-finger="${escapeHtml(id)}" aria-pressed="${id === chosen}">
          <bdi lang="ar" dir="rtl">${escapeHtml(label.ar)}</bdi><bdi lang="en" dir="ltr">${escapeHtml(label.en)}</bdi></button>`,
    )
    .join('\n');
  return `<!doctype html>
<html lang="ar" dir="rtl">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>قارئ بصمات للمحاكاة · Simulated fingerprint reader</title>
<link rel="stylesheet" href="/style.css">
<main>
  <h1>قارئ بصمات للمحاكاة <bdi lang="en" dir="ltr">Simulated fingerprint reader</bdi></h1>
  <p>${escapeHtml(device)}</p>
  <p>ضع إصبعًا على الزجاج، ثم اطلب القراءة من الكشك.<br>
  <bdi lang="en" dir="ltr">Put a finger on the glass, then let the kiosk read it.</bdi></p>
  <div class="fingers">
    ${buttons}
    <button type="button" data-none aria-pressed="${!simulated.glass.occupied}">
      <bdi lang="ar" dir="rtl">بلا إصبع</bdi><bdi lang="en" dir="ltr">No finger</bdi></button>
  </div>
  <p role="status" aria-live="polite"></p>
</main>
<script src="/page.js"></script>
</html>`;
}

export const simulatorStyle = `
:root { color-scheme: light dark; font-family: 'IBM Plex Sans Arabic', system-ui, sans-serif; }
main { max-width: 40rem; margin: 2rem auto; padding: 0 1rem; }
h1 bdi { display: block; font-size: 1rem; opacity: .75; }
.fingers { display: grid; grid-template-columns: repeat(auto-fill, minmax(14rem, 1fr)); gap: .75rem; }
button { font: inherit; min-height: 4rem; padding: .5rem 1rem; border: 2px solid currentColor; border-radius: .75rem; background: none; color: inherit; }
button bdi { display: block; }
button[aria-pressed='true'] { background: #0a6b4b; border-color: #0a6b4b; color: #fff; }
button:focus-visible { outline: 3px solid #1a73e8; outline-offset: 2px; }
`;

export const simulatorScript = `
const buttons = [...document.querySelectorAll('button')];
const say = document.querySelector('[role=status]');
for (const button of buttons) button.addEventListener('click', async () => {
  const body = button.dataset.finger === undefined ? { none: true } : { id: button.dataset.finger };
  const answer = await fetch('/admin/finger', { method: 'POST', body: JSON.stringify(body) });
  if (answer.ok) for (const other of buttons) other.setAttribute('aria-pressed', String(other === button));
  say.textContent = answer.ok ? '✓' : '✗ ' + answer.status;
});
`;
