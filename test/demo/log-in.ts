// A person logs in at the sample service with the typed number: a browser without JavaScript on one side, the wallet on the other.
import { type Form, formsOf, type Page, UserAgent } from '../support/user-agent.ts';
import { expect } from './story.ts';
import type { DemoWallet } from './wallet.ts';

export type LoggedIn = { readonly acr: string; readonly sub: string };

function formOf(page: Page, act: string): Form {
  const form = formsOf(page).find((each) => new URL(each.action).pathname.endsWith(`/${act}`));
  expect(form !== undefined, `${new URL(page.url).pathname} (${page.status}) has no ${act} form`);
  return form;
}

function claim(page: Page, name: string): string {
  return new RegExp(`data-claim="${name}">([^<]*)<`).exec(page.html)?.[1] ?? '';
}

/** Through number, wallet and consent; the claims are read from the service's own page. */
export async function logInByNumber(options: {
  readonly serviceUrl: string;
  readonly number: string;
  readonly wallet: DemoWallet;
}): Promise<LoggedIn> {
  const browser = new UserAgent();
  const identify = await browser.get(`${options.serviceUrl}/login?lang=en`);
  const shown = await browser.submit(formOf(identify, 'number'), { number: options.number });
  const digits = /id="number"[^>]*>\s*(\d+)/.exec(shown.html)?.[1] ?? '';
  expect(digits.length === 2 || digits.length === 6, 'the page shows no number');

  const [request] = await options.wallet.requests();
  expect(request !== undefined, 'the wallet has no live request');
  expect((await options.wallet.answer(request, 'approve', digits)) === 'approved', 'the approval was refused');

  let page = await browser.get(shown.url);
  const consent = formsOf(page).find((form) => form.buttons.some((button) => button.value === 'allow'));
  if (consent) page = await browser.submit(consent, { decision: 'allow' });
  expect(page.url.startsWith(options.serviceUrl), `the login ended at ${new URL(page.url).origin} with ${page.status}`);
  return { acr: claim(page, 'acr'), sub: claim(page, 'sub') };
}
