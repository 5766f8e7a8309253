// Holds real answers to the OpenAPI document: while it listens, every JSON answer of the edge to this process is kept, and compared
// afterwards. Knows no flow.
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';

type Content = Readonly<Record<string, { readonly schema: object }>>;
type Document = {
  readonly paths: Readonly<
    Record<string, Readonly<Record<string, { readonly responses: Readonly<Record<string, { content?: Content }>> }>>>
  >;
};
type Answer = {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly type: string;
  readonly json: unknown;
};

export type AnswerCheck = {
  /** How many answers there were, at how many routes, and what is wrong with those that are not as documented. */
  result(): Promise<{ readonly answers: number; readonly routes: number; readonly wrong: readonly string[] }>;
};

/** Wraps this process's `fetch`; `result` puts it back. `edgeUrl`: whose answers count. */
export function checkAnswers(edgeUrl: string): AnswerCheck {
  const real = globalThis.fetch;
  const kept: Answer[] = [];
  globalThis.fetch = async (input, init) => {
    const response = await real(input, init);
    const url = new URL(input instanceof Request ? input.url : String(input));
    const type = (response.headers.get('content-type') ?? '').split(';', 1)[0]?.trim() ?? '';
    if (url.origin === new URL(edgeUrl).origin && /[/+]json$/.test(type)) {
      const method = (init?.method ?? (input instanceof Request ? input.method : 'GET')).toLowerCase();
      const text = await response.clone().text();
      kept.push({ method, path: url.pathname, status: response.status, type, json: JSON.parse(text || 'null') });
    }
    return response;
  };
  return {
    async result() {
      globalThis.fetch = real;
      const document = (await (await real(`${edgeUrl}/openapi.json`)).json()) as Document;
      return compared(document, kept);
    },
  };
}

function compared(document: Document, kept: readonly Answer[]) {
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  const validators = new Map<object, ValidateFunction>();
  const seen = new Set<string>();
  const wrong = new Set<string>();
  let answers = 0;
  for (const { method, path, status, type, json } of kept) {
    const documented = pathIn(document, path);
    // The browser's own calls (passkey options) are no API.
    if (documented === undefined && /^\/(login|setup|account)\//.test(path)) continue;
    answers++;
    const responses = documented === undefined ? undefined : document.paths[documented]?.[method]?.responses;
    const content = (responses?.[status] ?? (status >= 400 ? responses?.['4XX'] : undefined))?.content?.[type];
    const where = `${method} ${documented ?? path} ${status} ${type}`;
    if (!content) {
      wrong.add(`${where}: not documented`);
      continue;
    }
    seen.add(`${method} ${documented}`);
    const validate = validators.get(content.schema) ?? ajv.compile(content.schema);
    validators.set(content.schema, validate);
    // Where and what kind, never the value: answers hold tokens.
    if (!validate(json)) wrong.add(`${where}: ${validate.errors?.[0]?.instancePath} ${validate.errors?.[0]?.message}`);
  }
  return { answers, routes: seen.size, wrong: [...wrong] };
}

/** The documented path that this one is, fixed parts before parameters. */
function pathIn(document: Document, path: string): string | undefined {
  if (document.paths[path]) return path;
  return Object.keys(document.paths).find((each) =>
    new RegExp(`^${each.replaceAll(/[.+]/g, '\\$&').replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(path),
  );
}
