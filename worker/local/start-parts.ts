// The start page's own script: shows within two seconds which part fell, and that npm start itself has ended. Served with its types
// stripped; knows nothing but where the page put its sentences.

const everyMs = 2_000;
const place = document.getElementById('parts');
let shown = place?.dataset['shown'] ?? '[]';

async function look(): Promise<void> {
  // A part that starts again keeps this machine busy: nobody has ended who answers late.
  const answer = await fetch(`/parts?lang=${document.documentElement.lang}`).catch(() => undefined);
  const lines = answer?.ok ? await answer.text() : JSON.stringify([place?.dataset['ended'] ?? '']);
  if (lines === shown) return;
  shown = lines;
  const paragraphs = (JSON.parse(lines) as string[]).map((line) =>
    Object.assign(document.createElement('p'), { textContent: line }),
  );
  place?.replaceChildren(...paragraphs);
}

setInterval(() => void look(), everyMs);
