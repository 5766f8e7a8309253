// Whatever a kiosk sends, signed and all: a refusal with a reason, never a failure of ours, and nobody becomes active by accident.
import { env, exports } from 'cloudflare:workers';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { encodeUtf8 } from '../../../shared/bytes/text.ts';
import { type Evidence, kioskPaths } from '../../../shared/contract/kiosk.ts';
import { adminToken, setUpKeys } from '../issuer/issuing-edge.ts';
import { ask, newKiosk } from '../kiosks/test-kiosk.ts';
import { capture, type Desk, enrolPerson, everywhere, newDesk, newId, now, requestFor, submit, touch } from './desk.ts';

let desk: Desk;
let number: string;
beforeAll(async () => {
  await setUpKeys();
  desk = await newDesk();
  number = await enrolPerson();
});

const postPaths = [
  kioskPaths.enrol,
  kioskPaths.operatorLogin,
  kioskPaths.operatorLogout,
  kioskPaths.session,
  kioskPaths.activations,
];
const adminPosts = [
  '/v1/admin/centres',
  '/v1/admin/kiosks/invitations',
  '/v1/admin/kiosks/x/revoke',
  '/v1/admin/operators',
  '/v1/admin/operators/x/suspend',
  '/v1/admin/keys',
  '/v1/admin/keys/move',
  '/v1/admin/credentials/revoke',
  '/v1/admin/credentials/suspend',
];

/** JSON of any shape, most of it under the names that the contract uses. */
const names = [
  ...['activationId', 'operatorToken', 'sessionId', 'recordedAt', 'policyVersion', 'evidenceKid', 'evidence'],
  ...['number', 'username', 'password', 'code', 'publicKey', 'software', 'purpose', 'kid', 'to', 'which', 'reason'],
  ...['statusIndex', 'name', 'type', 'centreId', 'role', '__proto__', 'constructor'],
];
const value = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom(
    'A'.repeat(22),
    'A'.repeat(43),
    'A'.repeat(11),
    '1000000008',
    'lost',
    'status',
    0,
    -1,
    2 ** 53,
    1e300,
  ),
);
const shaped = fc.dictionary(fc.constantFrom(...names), value, { maxKeys: 8 });
const anyJson = fc.oneof({ weight: 3, arbitrary: shaped }, { weight: 1, arbitrary: fc.jsonValue() });

async function expectRefusal(answer: Response, what: string): Promise<void> {
  const text = await answer.text();
  expect(answer.status, `${what}: ${text}`).toBeLessThan(500);
  if (answer.status >= 400) expect((JSON.parse(text) as { reason?: string }).reason, what).toMatch(/^[a-z_]+$/);
}

describe('whatever a kiosk sends', () => {
  it('as JSON of any shape is answered with a reason', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...postPaths), anyJson, async (path, json) => {
        await expectRefusal(await ask(desk.kiosk, 'POST', path, json), path);
      }),
      { numRuns: 400 },
    );
  });

  it('as bytes that are no JSON, under any media type, is answered with a reason', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...postPaths),
        fc.uint8Array({ maxLength: 200 }),
        fc.constantFrom('application/json', 'text/plain', 'application/json; charset=x', ''),
        async (path, bytes, type) => {
          const body = bytes as Uint8Array<ArrayBuffer>;
          const signed = await ask(desk.kiosk, 'POST', path, body);
          await expectRefusal(signed, path);
          const bare = await exports.default.fetch(env.ISSUER + path, {
            method: 'POST',
            headers: { 'content-type': type },
            body,
          });
          expect(bare.status).toBeGreaterThanOrEqual(400);
          await expectRefusal(bare, path);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('as any header fields in place of a signature is answered with 401', async () => {
    const field = fc.string({ maxLength: 80 }).map((text) => text.replace(/[^\x20-\x7e]/g, ''));
    await fc.assert(
      fc.asyncProperty(field, field, field, async (input, signature, digest) => {
        const headers = { 'signature-input': input, signature, 'content-digest': digest };
        const answer = await exports.default.fetch(env.ISSUER + kioskPaths.sync, { headers });
        expect(answer.status).toBe(401);
        await expectRefusal(answer, 'sync');
      }),
      { numRuns: 300 },
    );
  });

  it('larger than it may be is refused before it is read', async () => {
    const large = encodeUtf8(`{"x":"${'a'.repeat(1_100_000)}"}`);
    for (const path of postPaths) {
      const answer = await ask(desk.kiosk, 'POST', path, large);
      expect([answer.status, ((await answer.json()) as { reason: string }).reason], path).toEqual([
        413,
        'body_too_large',
      ]);
    }
  });
});

describe('whatever is sealed as evidence', () => {
  it('bytes, JSON, or evidence with a part changed: refused, kept, and nobody is active', async () => {
    const good: Evidence = { number, captures: [capture(touch(number), { extractor: 'x' })] };
    const text = JSON.stringify(good);
    const changed = fc
      .tuple(fc.nat(text.length - 1), fc.string({ maxLength: 3 }))
      .map(([at, part]) => encodeUtf8(text.slice(0, at) + part + text.slice(at + 1)))
      // What still says exactly the same would rightly be accepted.
      .filter((bytes) => new TextDecoder().decode(bytes) !== text);
    const sealed = fc.oneof(
      { weight: 1, arbitrary: fc.uint8Array({ minLength: 20, maxLength: 200 }) },
      { weight: 1, arbitrary: fc.jsonValue().map((json) => encodeUtf8(JSON.stringify(json).padEnd(20))) },
      { weight: 3, arbitrary: changed },
    );
    const other = await enrolPerson();
    await fc.assert(
      fc.asyncProperty(sealed, async (bytes) => {
        const body = await requestFor(desk, other, [], { sealed: bytes });
        await expectRefusal(await submit(desk, body), 'activation');
      }),
      { numRuns: 100 },
    );
    const active = await everywhere("SELECT subject_id FROM accounts WHERE state = 'active'");
    // A change that leaves a good finger good may activate the one person whose finger it is; nobody else.
    expect(active.length).toBeLessThanOrEqual(1);
  });

  it('requests with a field changed are refused or decided, never a failure', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record(
          {
            recordedAt: fc.oneof(fc.constant(now()), fc.nat(), fc.constant(-1)),
            policyVersion: fc.integer(),
            sessionId: fc.string({ maxLength: 70 }),
            operatorToken: fc.constantFrom('A'.repeat(43), 'B'.repeat(42) + 'A', 'x'),
            evidenceKid: fc.constantFrom('A'.repeat(11), 'AAAAAAAAAAB'),
            activationId: fc.constantFrom(newId(), newId(), 'A'.repeat(22)),
          },
          { requiredKeys: [] },
        ),
        async (request) => {
          const body = await requestFor(desk, number, [capture(touch(number))], { request: request as never });
          await expectRefusal(await submit(desk, body), 'activation');
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('whatever the authority’s tools send', () => {
  it('as JSON of any shape is answered with a reason', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...adminPosts), anyJson, async (path, json) => {
        const answer = await exports.default.fetch(env.ISSUER + path, {
          method: 'POST',
          headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' },
          body: JSON.stringify(json),
        });
        await expectRefusal(answer, path);
      }),
      { numRuns: 300 },
    );
  });

  it('as bytes in place of a trust list is refused', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
        const answer = await exports.default.fetch(`${env.ISSUER}/v1/admin/trust-list`, {
          method: 'PUT',
          headers: { authorization: `Bearer ${adminToken}` },
          body: bytes as Uint8Array<ArrayBuffer>,
        });
        expect(answer.status).toBe(422);
        await answer.text();
      }),
      { numRuns: 100 },
    );
    const kiosk = await newKiosk(desk.kiosk.centreId);
    expect((await ask(kiosk, 'GET', kioskPaths.sync)).status).toBe(200);
  });
});
