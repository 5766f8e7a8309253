// A person of the login story: a browser without JavaScript, and whatever they log in with. Answers how a login ended, in one word.
import decodeQr from 'qr/decode.js';
import { hotp } from '../../../shared/crypto/hotp.ts';
import { texts } from '../../../worker/openid/pages/texts.ts';
import { type Form, formsOf, type Page, UserAgent } from '../../support/user-agent.ts';
import { SyntheticAuthenticator } from '../../worker/authn/synthetic-authenticator.ts';
import { expect } from '../story.ts';
import { DemoWallet } from '../wallet.ts';

/** Redirects to these are where a login ends; nobody listens there. */
export const serviceOrigin = 'https://service.demo.example';

export type Ended =
  /** Back at the service, with a code or an error. */
  | { readonly at: 'service'; readonly url: URL }
  /** Still at the provider, which says this (worker/openid/pages/texts.ts), or shows this form. */
  | { readonly at: 'page'; readonly says: string; readonly page: Page };

/** One word for it: `code`, an OAuth error, a notice's name, or the form that is shown. */
export function wordFor(ended: Ended): string {
  if (ended.at === 'page') return ended.says;
  return ended.url.searchParams.get('error') ?? (ended.url.searchParams.has('code') ? 'code' : 'nothing');
}

export function formOf(page: Page, act: string): Form {
  const form = formsOf(page).find((each) => new URL(each.action).pathname.endsWith(`/${act}`));
  expect(form !== undefined, `${new URL(page.url).pathname} (${page.status}) has no ${act} form`);
  return form;
}

const acts = ['consent', 'number', 'password', 'passkey', 'device', 'confirm'];

function saysOf(page: Page): string {
  const alert = /role="alert">([^<]*)</.exec(page.html)?.[1]?.replaceAll('&#39;', "'").trim();
  if (alert !== undefined) {
    const found = Object.entries(texts.en.notice).find(([, text]) => {
      const [head = '', tail = ''] = text.split('{seconds}');
      return alert.startsWith(head) && alert.endsWith(tail);
    });
    return found?.[0] ?? alert;
  }
  if (digitsOn(page)) return 'waits for the wallet';
  return acts.find((act) => formsOf(page).some((form) => new URL(form.action).pathname.endsWith(act))) ?? 'a page';
}

export function digitsOn(page: Page): string | undefined {
  return /id="number"[^>]*>\s*(\d+)/.exec(page.html)?.[1];
}

export class Person {
  readonly number: string;
  readonly #edge: string;
  readonly #setupCode: string;
  #wallet: DemoWallet | undefined;
  #passkey: SyntheticAuthenticator | undefined;
  #totp: Uint8Array | undefined;
  browser = newBrowser();

  constructor(edge: string, number: string, setupCode: string) {
    this.#edge = edge;
    this.number = number;
    this.#setupCode = setupCode;
  }

  /** Another browser: no session. */
  leaveBrowser(): void {
    this.browser = newBrowser();
  }

  async bindWallet(): Promise<void> {
    this.#wallet = await DemoWallet.bind(this.#edge, this.#setupCode);
  }

  get wallet(): DemoWallet {
    expect(this.#wallet !== undefined, 'this person has no wallet');
    return this.#wallet;
  }

  async bindPasskey(kind: 'synced' | 'device_bound'): Promise<void> {
    const device = await SyntheticAuthenticator.make(kind);
    const code = this.#setupCode;
    const options = await this.#post('/setup/passkey-options', { code });
    const response = JSON.stringify(await device.create(JSON.parse(options.html), this.#edge));
    const done = await this.#post('/setup/passkey', { code, response });
    expect(done.status === 200, `the passkey was not bound (${done.status})`);
    this.#passkey = device;
  }

  /** An authenticator app: reads the secret off the page and types its first code. */
  async bindTotp(): Promise<void> {
    const code = this.#setupCode;
    const shown = await this.#post('/setup/totp', { code });
    this.#totp = bytesOfBase32((/id="secret">([a-z2-7 ]+)</.exec(shown.html)?.[1] ?? '').replaceAll(' ', ''));
    // One step back: this step's code is left for a login. Not as the step ends: the code would be two steps old on its way.
    const leftMs = stepMs - (Date.now() % stepMs);
    if (leftMs < 5_000) await new Promise((resolve) => setTimeout(resolve, leftMs));
    const done = await this.#post('/setup/totp', { code, otp: await hotp(this.#totp, totpStep() - 1) });
    expect(done.status === 200, `the app was not bound (${done.status})`);
  }

  otp(): Promise<string> {
    expect(this.#totp !== undefined, 'this person has no authenticator app');
    return hotp(this.#totp, totpStep());
  }

  async open(url: URL): Promise<Ended> {
    return endedAt(await this.browser.get(url.href));
  }

  /** `otp`: made when the form is there, so that no slow page makes it old. */
  async byPassword(url: URL, username: string, password: string, otp = async () => ''): Promise<Ended> {
    const page = await this.browser.get(url.href);
    const fields = { username, password, otp: await otp() };
    return this.#consent(await this.browser.submit(formOf(page, 'password'), fields));
  }

  /** To the page that shows the number; the wallet is asked next. */
  async askByNumber(url: URL, number = this.number): Promise<{ page: Page; digits: string; txn: string }> {
    const page = await this.browser.get(url.href);
    const shown = await this.browser.submit(formOf(page, 'number'), { number });
    const [digits, txn] = [digitsOn(shown), /\/login\/([\w-]{22})/.exec(shown.url)?.[1]];
    expect(digits !== undefined && txn !== undefined, 'the page shows no number');
    return { page: shown, digits, txn };
  }

  async byNumber(url: URL, decision: 'allow' | 'deny' = 'allow'): Promise<Ended & { digits: number }> {
    const asked = await this.askByNumber(url);
    await this.wallet.answer(await this.request(asked.txn), 'approve', asked.digits);
    const ended = await this.#consent(await this.browser.get(asked.page.url), decision);
    return { ...ended, digits: asked.digits.length };
  }

  /** The request as the wallet shows it. */
  async request(txn: string) {
    const found = (await this.wallet.requests()).find((request) => request.txn === txn);
    expect(found !== undefined, 'the wallet sees no such request');
    return found;
  }

  /** Reads the animated code with the wallet instead of typing a number. */
  async byCode(url: URL): Promise<Ended> {
    const page = await this.browser.get(url.href);
    const shown = await this.browser.submit(formOf(page, 'scan'));
    const picture = await this.browser.get(new URL(`${new URL(shown.url).pathname}/code.svg`, shown.url).href);
    const { request, number } = await this.wallet.scan(textOfSvg(picture.html));
    await this.wallet.answer(request, 'approve', number);
    return this.#consent(await this.browser.get(shown.url));
  }

  async byPasskey(url: URL): Promise<Ended> {
    expect(this.#passkey !== undefined, 'this person has no passkey');
    const page = await this.browser.get(url.href);
    const login = new URL(page.url).pathname;
    const options = await this.#post(`${login}/passkey-options`, {});
    const response = JSON.stringify(await this.#passkey.get(JSON.parse(options.html), this.#edge));
    return this.#consent(await this.#post(`${login}/passkey`, { response }));
  }

  /** Types a device's code, logs in with the wallet and decides. */
  async allowDevice(userCode: string, decision: 'allow' | 'deny'): Promise<Ended> {
    const page = await this.browser.get(`${this.#edge}/device?lang=en`);
    const begun = await this.browser.submit(formOf(page, 'device'), { user_code: userCode });
    if (formsOf(begun).some((form) => form.action.includes('/consent'))) return this.#consent(begun, decision);
    const shown = await this.browser.submit(formOf(begun, 'number'), { number: this.number });
    const txn = /\/login\/([\w-]{22})/.exec(shown.url)?.[1] ?? '';
    await this.wallet.answer(await this.request(txn), 'approve', digitsOn(shown) ?? '');
    return this.#consent(await this.browser.get(shown.url), decision);
  }

  #post(path: string, fields: Readonly<Record<string, string>>): Promise<Page> {
    const action = `${this.#edge}${path}${path.includes('?') ? '&' : '?'}lang=en`;
    return this.browser.submit({ action, method: 'post', fields, buttons: [] });
  }

  async #consent(page: Page, decision: 'allow' | 'deny' = 'allow'): Promise<Ended> {
    const form = formsOf(page).find(({ buttons }) => buttons.some(({ value }) => value === 'allow'));
    return endedAt(form ? await this.browser.submit(form, { decision }) : page);
  }
}

export function endedAt(page: Page): Ended {
  return page.url.startsWith(serviceOrigin)
    ? { at: 'service', url: new URL(page.url) }
    : { at: 'page', says: saysOf(page), page };
}

const newBrowser = () => new UserAgent('en', (to) => to.origin === serviceOrigin);
const stepMs = 30_000;
const totpStep = () => Math.floor(Date.now() / stepMs);

function bytesOfBase32(secret: string): Uint8Array {
  const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';
  const bits = [...secret].map((char) => alphabet.indexOf(char).toString(2).padStart(5, '0')).join('');
  return Uint8Array.from(bits.match(/.{8}/g) ?? [], (byte) => Number.parseInt(byte, 2));
}

/** What a camera would read: the picture's rows of dark squares (shared/credential/qr.ts), painted four pixels wide. */
export function textOfSvg(svg: string): string {
  const side = Number(/viewBox="0 0 (\d+)/.exec(svg)?.[1]) * 4;
  const data = new Uint8ClampedArray(side * side * 4).fill(255);
  for (const [, x, y, run] of svg.matchAll(/M(\d+) (\d+)h(\d+)v1h/g))
    for (let row = Number(y) * 4; row < Number(y) * 4 + 4; row++)
      for (let column = Number(x) * 4; column < (Number(x) + Number(run)) * 4; column++)
        data.fill(0, (row * side + column) * 4, (row * side + column) * 4 + 3);
  return decodeQr({ width: side, height: side, data });
}
