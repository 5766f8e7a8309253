// The signature base of RFC 9421 §2.5: the one text that both ends build from a message and sign. Knows no key and no clock.
import { type InnerList, type Item, serializeInnerList, serializeItem } from 'structured-headers';
import { err, ok, type Result } from '../base/result.ts';

/** As much of a message as a signature can cover. `get` joins repeated fields with `, `, as the platform's Headers does. */
export type SignedMessage = {
  /** Absent in a response. */
  readonly method?: string;
  /** Absolute, as it was asked for; absent in a response. */
  readonly url?: string;
  readonly status?: number;
  readonly headers: { get(name: string): string | null | undefined };
};

export type SignatureBaseError = { readonly reason: 'component_missing'; readonly component: string };

type Derived = (message: SignedMessage, url: URL, parameters: ReadonlyMap<string, unknown>) => string | undefined;

/** RFC 9421 §2.2, each by its section's rule. */
const derivedComponents: Readonly<Record<string, Derived>> = {
  '@method': (message) => message.method,
  '@target-uri': (message) => message.url,
  '@authority': (_message, url) => url.host.toLowerCase(),
  '@scheme': (_message, url) => url.protocol.slice(0, -1).toLowerCase(),
  '@request-target': (_message, url) => url.pathname + url.search,
  '@path': (_message, url) => url.pathname,
  '@query': (_message, url) => url.search || '?',
  '@query-param': (_message, url, parameters) => queryParameter(url, parameters.get('name')),
};

/** The value of one query parameter (§2.2.8), percent-encoded anew; one that occurs twice has no single value and is refused. */
function queryParameter(url: URL, name: unknown): string | undefined {
  if (typeof name !== 'string') return undefined;
  const values = [...url.searchParams].filter(([key]) => encodeFormValue(key) === name);
  const [only, ...more] = values;
  return only && more.length === 0 ? encodeFormValue(only[1]) : undefined;
}

function encodeFormValue(text: string): string {
  return encodeURIComponent(text).replace(/[!'()~]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}

function fieldValue(message: SignedMessage, name: string): string | undefined {
  // A field name is matched in lower case only (§2.1), so that one field cannot be covered under two spellings.
  if (!/^[a-z0-9!#$%&'*+.^_`|~-]+$/.test(name)) return undefined;
  const value = message.headers.get(name);
  return value === null || value === undefined ? undefined : value.replace(/\s*\r?\n\s+/g, ' ').trim();
}

function componentValue(message: SignedMessage, url: URL | undefined, [name, parameters]: Item): string | undefined {
  if (typeof name !== 'string') return undefined;
  // `sf`, `key`, `bs`, `req` and `tr` are not spoken here: an unknown parameter changes the value's meaning, so it is refused (§2.5).
  if ([...parameters.keys()].some((key) => !(key === 'name' && name === '@query-param'))) return undefined;
  if (!name.startsWith('@')) return fieldValue(message, name);
  if (name === '@status') return message.status?.toString();
  const derive = Object.hasOwn(derivedComponents, name) ? derivedComponents[name] : undefined;
  return url && derive ? derive(message, url, parameters) : undefined;
}

/**
 * Builds the base for the covered components and parameters of one signature, e.g. parsed from Signature-Input.
 * Refuses a component that the message does not have, that is covered twice, or whose value would break a line.
 */
export function signatureBase(message: SignedMessage, input: InnerList): Result<string, SignatureBaseError> {
  const url = message.url !== undefined && URL.canParse(message.url) ? new URL(message.url) : undefined;
  const seen = new Set<string>();
  let base = '';
  for (const item of input[0]) {
    const identifier = serializeItem(item);
    const value = componentValue(message, url, item);
    if (value === undefined || seen.has(identifier) || /[\r\n]/.test(value)) {
      return err({ reason: 'component_missing', component: identifier.slice(0, 100) });
    }
    seen.add(identifier);
    base += `${identifier}: ${value}\n`;
  }
  return ok(`${base}"@signature-params": ${serializeInnerList(input)}`);
}
