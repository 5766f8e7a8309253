// A browser without JavaScript, as small as a login needs: cookies by host, redirects, pages, forms. For HTML of our own pages.

export type Page = {
  readonly url: string;
  readonly status: number;
  readonly html: string;
  readonly headers: Headers;
};

export type Form = {
  readonly action: string;
  readonly method: string;
  readonly fields: Readonly<Record<string, string>>;
  /** `name=value` of each submit button that has a name, by its text. */
  readonly buttons: readonly { readonly text: string; readonly name: string; readonly value: string }[];
};

const maxRedirects = 12;

function unescapeHtml(text: string): string {
  return text
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
}

function attributes(tag: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [, name = '', value] of tag.matchAll(/\s([a-zA-Z-]+)(?:="([^"]*)")?/g))
    found[name.toLowerCase()] = unescapeHtml(value ?? '');
  return found;
}

/** The forms of a page, in order. */
export function formsOf(page: Page): Form[] {
  return [...page.html.matchAll(/<form\b([^>]*)>([\s\S]*?)<\/form>/g)].map(([, head = '', body = '']) => {
    const { action = '', method = 'get' } = attributes(head);
    const fields: Record<string, string> = {};
    for (const [, tag = ''] of body.matchAll(/<input\b([^>]*)>/g)) {
      const { name, value = '', type, checked } = attributes(tag);
      if (!name || type === 'submit') continue;
      if ((type === 'checkbox' || type === 'radio') && checked === undefined) continue;
      fields[name] = value || (type === 'checkbox' ? 'on' : '');
    }
    const buttons = [...body.matchAll(/<button\b([^>]*)>([\s\S]*?)<\/button>/g)].map(([, tag = '', text = '']) => {
      const { name = '', value = '' } = attributes(tag);
      return { text: text.replaceAll(/<[^>]+>/g, '').trim(), name, value };
    });
    return { action: new URL(action || page.url, page.url).href, method: method.toLowerCase(), fields, buttons };
  });
}

export class UserAgent {
  readonly #cookies = new Map<string, Map<string, string>>();
  readonly #language: string;
  readonly #stopAt: (to: URL) => boolean;
  /** What a proxy before the edge would say of where this is: one that is used a thousand times is not always in one network. */
  address: string | undefined;

  /** `stopAt`: redirects there are not followed; the page is then empty and has that address. */
  constructor(language = 'en', stopAt: (to: URL) => boolean = () => false) {
    this.#language = language;
    this.#stopAt = stopAt;
  }

  get(url: string): Promise<Page> {
    return this.#go('GET', url, undefined);
  }

  /** Fills the form's fields with `values` on top of what the page put there, and sends it. */
  submit(form: Form, values: Readonly<Record<string, string>> = {}): Promise<Page> {
    const body = new URLSearchParams({ ...form.fields, ...values });
    if (form.method === 'post') return this.#go('POST', form.action, body);
    const url = new URL(form.action);
    for (const [name, value] of body) url.searchParams.set(name, value);
    return this.#go('GET', url.href, undefined);
  }

  async #go(method: string, url: string, body: URLSearchParams | undefined): Promise<Page> {
    let to = new URL(url);
    let from: string | undefined;
    for (let hop = 0; hop < maxRedirects; hop++) {
      const headers: Record<string, string> = {
        Accept: 'text/html',
        'Accept-Language': this.#language,
        Cookie: this.#cookieHeader(to.host),
        ...(this.address === undefined ? {} : { 'CF-Connecting-IP': this.address }),
      };
      if (method === 'POST') {
        headers['Content-Type'] = 'application/x-www-form-urlencoded';
        headers['Origin'] = from ?? to.origin;
        headers['Sec-Fetch-Site'] = 'same-origin';
      }
      const response = await fetch(to, {
        method,
        headers,
        redirect: 'manual',
        ...(method === 'POST' && body ? { body: body.toString() } : {}),
      });
      this.#keep(to.host, response.headers.getSetCookie());
      const location = response.headers.get('location');
      if (!location || response.status < 300 || response.status > 399) {
        return { url: to.href, status: response.status, html: await response.text(), headers: response.headers };
      }
      await response.body?.cancel();
      from = to.origin;
      to = new URL(location, to);
      if (this.#stopAt(to)) return { url: to.href, status: response.status, html: '', headers: response.headers };
      if (response.status !== 307 && response.status !== 308) method = 'GET';
    }
    throw new Error(`more than ${maxRedirects} redirects, the last to ${to.origin}${to.pathname}`);
  }

  #keep(host: string, cookies: readonly string[]): void {
    const jar = this.#cookies.get(host) ?? new Map<string, string>();
    this.#cookies.set(host, jar);
    for (const cookie of cookies) {
      const [pair = '', ...rest] = cookie.split(';');
      const at = pair.indexOf('=');
      const gone = rest.some((attribute) => /^\s*max-age=0\s*$/i.test(attribute));
      if (gone) jar.delete(pair.slice(0, at));
      else jar.set(pair.slice(0, at), pair.slice(at + 1));
    }
  }

  #cookieHeader(host: string): string {
    return [...(this.#cookies.get(host) ?? [])].map(([name, value]) => `${name}=${value}`).join('; ');
  }
}
