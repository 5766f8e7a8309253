// What the passkey buttons of /setup and of the login page do: ask the edge for a challenge, the device for an answer, then send the form.
// A form that could not be answered is sent empty: the edge says why in the person's language.
import { browserSupportsWebAuthn, startAuthentication, startRegistration } from '@simplewebauthn/browser';

const section = document.getElementById('passkey');
const form = section?.querySelector('form');

if (section && form && browserSupportsWebAuthn()) {
  section.hidden = false;
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void answer(form).then(() => form.submit());
  });
}

function field(form: HTMLFormElement, name: string): HTMLInputElement | null {
  return form.querySelector<HTMLInputElement>(`input[name=${name}]`);
}

async function answer(form: HTMLFormElement): Promise<void> {
  const [response, code] = [field(form, 'response'), field(form, 'code')];
  if (!response) return;
  response.value = '';
  // The code is typed in the page's own field.
  if (code) code.value = document.querySelector<HTMLInputElement>('#code')?.value ?? '';
  try {
    const asked = await fetch(form.dataset['options'] ?? '', {
      method: 'POST',
      body: new URLSearchParams(code ? { code: code.value } : {}),
    });
    if (!asked.ok) return;
    const optionsJSON = await asked.json();
    const answered = code ? await startRegistration({ optionsJSON }) : await startAuthentication({ optionsJSON });
    response.value = JSON.stringify(answered);
  } catch {
    // Refused at the device, or no way to it.
  }
}
