// The language of a refusal: Arabic for who asks for it, the same reason and type for everybody.
import { exports } from 'cloudflare:workers';
import { expect, it } from 'vitest';
import { issuer } from '../openid/world.ts';

async function refusal(path: string, language: string | undefined, init: RequestInit = {}) {
  const headers = { ...(init.headers as Record<string, string>), ...(language ? { 'Accept-Language': language } : {}) };
  const answer = await exports.default.fetch(issuer + path, { ...init, headers });
  const body = (await answer.json()) as Record<string, unknown>;
  return { status: answer.status, said: answer.headers.get('content-language'), kept: answer.headers.get('cache-control'), body }; // biome-ignore format: one row
}
const admin = { Authorization: 'Bearer test-admin-token', 'Content-Type': 'application/json' };

it('is the one asked for, and says which it is; nothing else differs', async () => {
  const [none, arabic, french] = await Promise.all(
    [undefined, 'ar-SA,ar;q=0.9,en;q=0.8', 'fr'].map((language) => refusal('/v1/admin/tokens', language)),
  );
  expect(none).toMatchObject({
    status: 401,
    said: 'en',
    kept: 'no-store',
    body: { title: 'Send an administrator token' },
  });
  expect(french).toEqual(none);
  expect(arabic).toMatchObject({ status: 401, said: 'ar', kept: 'no-store', body: { title: 'أرسل رمز مدير' } });
  expect({ ...arabic?.body, title: '' }).toEqual({ ...none?.body, title: '' });
});

it('of a shape that is wrong names the fields in English, and says that too', async () => {
  const init = { method: 'POST', headers: admin, body: '{}' };
  const arabic = await refusal('/v1/admin/accounts/suspend', 'ar', init);
  expect(arabic).toMatchObject({ status: 422, said: 'ar, en', body: { title: 'شكل ما أُرسل غير صحيح' } });
  expect((arabic.body['errors'] as unknown[]).length).toBeGreaterThan(0);
});

it('of a check that was refused, which no framework answers, is the one asked for too', async () => {
  const ask = (language?: string) => refusal('/v1/verify', language, { method: 'POST', body: '{}' });
  expect(await ask()).toMatchObject({ status: 401, said: 'en', kept: 'no-store' });
  const arabic = await ask('ar');
  expect(arabic).toMatchObject({ status: 401, said: 'ar', body: { reason: 'key_missing' } });
  expect(arabic.body['title']).toMatch(/\p{Script=Arabic}/u);
});

it('where there is nothing, and of a wallet whose proof does not hold, is Arabic too', async () => {
  expect((await refusal('/nothing/here', 'ar')).body['title']).toBe('لا شيء هنا');
  const posted = { method: 'POST', headers: { 'Content-Type': 'text/plain' }, body: '{}' };
  expect((await refusal('/v1/wallet/bind', 'ar', posted)).body['title']).toBe('أرسل application/json');
});
