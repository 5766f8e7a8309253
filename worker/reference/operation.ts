// A row of the reference: a route, its words in both languages, and the shapes of what goes in and out. Knows no document and no page.
import * as z from 'zod';
import { Problem } from '../../shared/contract/problem.ts';
import { FacadeRefused, OAuthRefusal } from './openid-shapes.ts';

export type Method = 'get' | 'post' | 'put' | 'delete';

/** Subjects, in the order in which they are shown. */
export const tags = {
  openid: { ar: 'تسجيل الدخول (OpenID Connect)', en: 'Logging in (OpenID Connect)' },
  facade: { ar: 'طلب بالرقم، بالعبارات المألوفة', en: 'Requests by number, in familiar words' },
  clients: { ar: 'تسجيل الخدمات لنفسها', en: 'Services register themselves' },
  verify: { ar: 'التحقق من الرموز', en: 'Verifying codes' },
  credentials: { ar: 'وثائق المحافظ (OpenID4VCI و OpenID4VP)', en: 'Credentials for wallets (OpenID4VCI, OpenID4VP)' },
  published: { ar: 'ما يُنشر للجميع', en: 'Published for everybody' },
  wallet: { ar: 'محفظة الشخص', en: "A person's wallet" },
  appointments: { ar: 'المواعيد', en: 'Appointments' },
  kiosks: { ar: 'الأكشاك والتفعيل', en: 'Kiosks and activation' },
  authority: { ar: 'الجهة المشرفة', en: 'The authority' },
} as const;
export type Tag = keyof typeof tags;

/** How a caller proves itself; the wire form of each is in `securitySchemes` (document.ts). */
export type Auth =
  | 'none'
  | 'client'
  | 'access_token'
  | 'registration'
  | 'initial_access'
  | 'api_key'
  /** APP-ID and APP-KEY: a client's id and secret. */
  | 'app_key'
  | 'admin'
  | 'kiosk_signature'
  /** Nothing in a header: the body is signed by the wallet's key, or carries the setup code. */
  | 'in_body';

export type Content = { readonly media: string; readonly schema: z.ZodType };

export type Operation = {
  readonly method: Method;
  /** As the router spells it: `:id`, `:chunk{s[0-9]+}`. */
  readonly path: string;
  readonly tag: Tag;
  readonly ar: string;
  readonly en: string;
  readonly auth: Auth;
  /** Of an administrator's token; with ` | ` between them, one of several. */
  readonly scope?: string;
  readonly query?: z.ZodObject;
  readonly body?: Content;
  /** By status; null: nothing to parse (a redirect, a page, no body). Refusals are added by the subject. */
  readonly answers: Readonly<Record<number, Content | null>>;
};

type More = { readonly query?: z.ZodObject; readonly body?: Content; readonly scope?: string };

/** Rows of one subject: method, path, how the caller proves itself, [Arabic, English], answers, and what else there is. */
export function rowsOf(tag: Tag) {
  return (
    method: Method,
    path: string,
    auth: Auth,
    [ar, en]: readonly [string, string],
    answers: Operation['answers'],
    more: More = {},
  ): Operation => ({ tag, method, path, auth, ar, en, answers, ...more });
}

export const json = (schema: z.ZodType): Content => ({ media: 'application/json', schema });
export const form = (schema: z.ZodType): Content => ({ media: 'application/x-www-form-urlencoded', schema });
export const text = (media: string): Content => ({ media, schema: z.string() });
/** Bytes as they are: signed CBOR, images. */
export const bytes = (media = 'application/octet-stream'): Content => ({ media, schema: z.unknown() });
/** An object that programs read member by member, and that may grow. */
export const open = (shape: z.ZodRawShape = {}): Content => json(z.looseObject(shape));

/** How a subject says no: OAuth's codes where OAuth is spoken, RFC 9457 everywhere else. */
export function refusalOf(tag: Tag, path: string): Content {
  if (tag === 'facade') return json(FacadeRefused);
  const speaksOAuth = tag === 'openid' || tag === 'clients' || path.startsWith('/openid4v');
  return speaksOAuth ? json(OAuthRefusal) : { media: 'application/problem+json', schema: Problem };
}
