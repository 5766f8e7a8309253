// A browser as the bench needs it: cookies by path-less name, no redirect followed, every request counted.

export type Answer = { readonly status: number; readonly location: string; readonly text: string };

export class Browser {
  readonly #origin: string;
  readonly #from: string | undefined;
  readonly #cookies = new Map<string, string>();
  requests = 0;

  /** `from`: an address, where the server believes what a proxy before it would say. */
  constructor(origin: string, from?: string) {
    this.#origin = origin;
    this.#from = from;
  }

  cookieHeader(): string {
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  get(path: string): Promise<Answer> {
    return this.#go('GET', path, undefined);
  }

  post(path: string, form: Readonly<Record<string, string>>, headers: Readonly<Record<string, string>> = {}) {
    return this.#go('POST', path, new URLSearchParams(form).toString(), headers);
  }

  async #go(method: string, path: string, body?: string, extra: Readonly<Record<string, string>> = {}) {
    this.requests++;
    const url = new URL(path, this.#origin);
    const response = await fetch(url, {
      method,
      redirect: 'manual',
      headers: {
        Cookie: this.cookieHeader(),
        ...(this.#from === undefined ? {} : { 'CF-Connecting-IP': this.#from }),
        Accept: 'text/html',
        'Accept-Language': 'en',
        // The service's own machine, which authenticates itself, is no browser and has no origin.
        ...(method === 'POST' && !extra['Authorization']
          ? {
              'Content-Type': 'application/x-www-form-urlencoded',
              Origin: this.#origin,
              'Sec-Fetch-Site': 'same-origin',
            }
          : { 'Content-Type': 'application/x-www-form-urlencoded' }),
        ...extra,
      },
      ...(body === undefined ? {} : { body }),
    });
    for (const cookie of response.headers.getSetCookie()) {
      const [pair = '', ...attributes] = cookie.split(';');
      const at = pair.indexOf('=');
      const gone = attributes.some((one) => /^\s*(max-age=0|expires=thu, 01 jan 1970.*)\s*$/i.test(one));
      if (gone) this.#cookies.delete(pair.slice(0, at));
      else this.#cookies.set(pair.slice(0, at), pair.slice(at + 1));
    }
    const answer: Answer = {
      status: response.status,
      location: response.headers.get('location') ?? '',
      text: await response.text(),
    };
    return answer;
  }
}
