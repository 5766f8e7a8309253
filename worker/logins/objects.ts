// Where the Durable Objects of logins and people are reached: the only place that turns an id or a subject into a stub.

import type { SubjectId } from '../../shared/base/brands.ts';
import { encodeBase64Url } from '../../shared/bytes/base64url.ts';
import { encodeUtf8 } from '../../shared/bytes/text.ts';
import { type HmacKey, hmacSha256, importHmacKey } from '../../shared/crypto/hmac.ts';
import { CheckedTokens } from './checked-tokens.ts';
import type { BeginInput } from './interaction-rules.ts';
import type { Login } from './login.ts';
import { type LoginObject, OneLogin } from './one-login.ts';
import { Person } from './person.ts';
import type { PersonObject } from './person-object.ts';
import { type Call, type Called, lineOf, remoteOf } from './remote.ts';

const remoteLogin = remoteOf<LoginObject>(OneLogin);
const remotePerson = remoteOf<PersonObject>(Person);

export class LoginObjects {
  readonly #logins: DurableObjectNamespace<Login>;
  readonly #people: DurableObjectNamespace<Person>;
  readonly #secret: Uint8Array;
  #key: HmacKey | undefined;
  readonly #call: Call;

  constructor(
    logins: DurableObjectNamespace<Login>,
    people: DurableObjectNamespace<Person>,
    secret: Uint8Array,
    nowMs: () => number = Date.now,
  ) {
    this.#logins = logins;
    this.#people = people;
    this.#secret = secret;
    this.#call = new CheckedTokens(nowMs).before((id, line) => this.#stub(id).call(line));
  }

  /**
   * `id`: of a handle (handle.ts). An object that was never begun answers as an unknown login; with `start`, the first step that its
   * holder takes begins it.
   */
  login(id: string, start?: BeginInput): LoginObject {
    if (start === undefined) return remoteLogin(this.#call, id);
    return remoteLogin((to, step, input) => this.#call(to, 'started', [start, step, ...input]), id);
  }

  #stub(id: string): Called {
    return this.#logins.get(this.#logins.idFromName(id)) as unknown as Called;
  }

  /** SECURITY: named by an HMAC, because the platform logs objects' names: a name must not lead back to a subject. */
  async person(subjectId: SubjectId): Promise<PersonObject> {
    return this.#named(`subject\0${subjectId}`);
  }

  /**
   * For a number or a user name that nobody has: an object of its own, so that tries and requests behave, count and cost the same
   * as for one that somebody has.
   */
  async nobody(indexHmac: Uint8Array): Promise<PersonObject> {
    return this.#named(`nobody\0${encodeBase64Url(indexHmac)}`);
  }

  /** A network, by its name (http/network.ts): what it asked for is counted there, whoever it was for. */
  async network(name: string): Promise<PersonObject> {
    return this.#named(`network\0${name}`);
  }

  async #named(text: string): Promise<PersonObject> {
    this.#key ??= await importHmacKey(this.#secret);
    const name = encodeBase64Url(await hmacSha256(this.#key, encodeUtf8(`person object\0${text}`)));
    const stub = this.#people.get(this.#people.idFromName(name)) as unknown as Called;
    return remotePerson((_id, step, input) => stub.call(lineOf(step, input)), name);
  }
}
