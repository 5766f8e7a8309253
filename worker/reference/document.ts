// The OpenAPI 3.1 document, made from the rows and the zod shapes. Knows no framework; the same for every caller, so made once an isolate.
import * as z from 'zod';
import { type Auth, type Content, type Operation, refusalOf, tags } from './operation.ts';
import { authorityOperations } from './operations/authority.ts';
import { kioskOperations } from './operations/kiosks.ts';
import { openidOperations } from './operations/openid.ts';
import { publicOperations } from './operations/public.ts';

export const operations: readonly Operation[] = [
  ...openidOperations,
  ...publicOperations,
  ...kioskOperations,
  ...authorityOperations,
];

const bearer = (description: string) => ({ type: 'http', scheme: 'bearer', description });

/** What stands behind each way to prove oneself; `client` has three. */
const securitySchemes = {
  client_secret_basic: { type: 'http', scheme: 'basic', description: 'client_id and client_secret (RFC 6749 §2.3.1)' },
  access_token: bearer('an access token; `DPoP` instead of `Bearer` for one that is bound to a key (RFC 9449)'),
  registration: bearer('the registration access token (RFC 7592)'),
  initial_access: bearer('an initial access token (RFC 7591)'),
  api_key: bearer('the API key of a business: twv_…'),
  app_id: { type: 'apiKey', in: 'header', name: 'APP-ID' },
  app_key: { type: 'apiKey', in: 'header', name: 'APP-KEY' },
  admin: bearer("an administrator's token with the scope that is named"),
  kiosk_signature: {
    type: 'apiKey',
    in: 'header',
    name: 'Signature',
    description: "HTTP Message Signatures (RFC 9421) with the kiosk's key",
  },
} as const;

const security: Readonly<Record<Auth, readonly Readonly<Record<string, readonly string[]>>[]>> = {
  none: [],
  in_body: [],
  // The empty one: private_key_jwt and public clients say who they are in the form.
  client: [{ client_secret_basic: [] }, {}],
  access_token: [{ access_token: [] }],
  registration: [{ registration: [] }],
  initial_access: [{ initial_access: [] }],
  api_key: [{ api_key: [] }],
  app_key: [{ app_id: [], app_key: [] }],
  admin: [{ admin: [] }],
  kiosk_signature: [{ kiosk_signature: [] }],
};

type Json = Record<string, unknown>;

/** JSON Schema 2020-12, which is what OpenAPI 3.1 takes. `input`: before defaults are filled in. */
export function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _dialect, ...made } = z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as Json;
  return made;
}

/** `/a/:id` → `/a/{id}`; a pattern after a parameter is the router's own. */
export function documentPath(path: string): string {
  return path.replaceAll(/:(\w+)(\{[^}]*\})?/g, '{$1}');
}

function parametersOf({ path, query }: Operation): Json[] {
  const inPath = [...path.matchAll(/:(\w+)(?:\{([^}]*)\})?/g)].map(([, name, pattern]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string', ...(pattern === undefined ? {} : { pattern: `^${pattern}$` }) },
  }));
  const inQuery = Object.entries(query?.shape ?? {}).map(([name, schema]) => ({
    name,
    in: 'query',
    required: !schema.safeParse(undefined).success,
    schema: schemaOf(schema as z.ZodType, 'input'),
  }));
  return [...inPath, ...inQuery];
}

const contentOf = ({ media, schema }: Content, io: 'input' | 'output') => ({
  [media]: { schema: schemaOf(schema, io) },
});

const saidBy: Readonly<Record<number, string>> = { 303: 'goes on there', 302: 'goes on there', 304: 'not changed' };

function answersOf(operation: Operation): Json {
  const answers: Json = {};
  for (const [status, content] of Object.entries(operation.answers)) {
    const description = saidBy[Number(status)] ?? operation.en;
    answers[status] = content ? { description, content: contentOf(content, 'output') } : { description };
  }
  answers['4XX'] = {
    description: 'refused, with the reason',
    content: contentOf(refusalOf(operation.tag, operation.path), 'output'),
  };
  return answers;
}

function operationOf(operation: Operation): Json {
  const parameters = parametersOf(operation);
  return {
    tags: [tags[operation.tag].en],
    summary: operation.en,
    'x-summary-ar': operation.ar,
    operationId: idOf(operation),
    ...(operation.scope === undefined
      ? {}
      : { description: `Scope \`${operation.scope.replaceAll(' | ', '` or `')}\`.` }),
    security: security[operation.auth],
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(operation.body ? { requestBody: { required: true, content: contentOf(operation.body, 'input') } } : {}),
    responses: answersOf(operation),
  };
}

/** `post_v1_wallet_bind`: also the place on the page. */
export function idOf({ method, path }: Pick<Operation, 'method' | 'path'>): string {
  return `${method}_${documentPath(path)
    .replaceAll(/[^A-Za-z0-9]+/g, '_')
    .replaceAll(/^_|_$/g, '')}`;
}

/** `issuer`: where the edge is reached. */
export function openApi(issuer: string): Json {
  const paths: Record<string, Json> = {};
  for (const operation of operations) {
    const path = documentPath(operation.path);
    paths[path] = { ...paths[path], [operation.method]: operationOf(operation) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Tawthiq',
      version: '1',
      description:
        'National digital identity at the edge. Refusals are RFC 9457 problems, or OAuth errors where OAuth is spoken.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: issuer }],
    tags: Object.values(tags).map(({ en, ar }) => ({ name: en, 'x-name-ar': ar })),
    paths,
    components: { securitySchemes },
  };
}
