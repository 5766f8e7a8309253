// The page /setup: user name and password with an activation's code, without a script, in both languages.
import { exports } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { setupTexts } from '../../../worker/wallet/setup-texts.ts';
import { aPerson, issuer } from '../openid/world.ts';

const password = 'the wind over the dunes';

function get(headers: Record<string, string> = {}, query = ''): Promise<Response> {
  return exports.default.fetch(`${issuer}/setup${query}`, { headers });
}

function post(
  fields: Record<string, string>,
  headers: Record<string, string> = {},
  query = '?lang=en',
): Promise<Response> {
  return exports.default.fetch(`${issuer}/setup${query}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded', 'Sec-Fetch-Site': 'same-origin', ...headers },
    body: new URLSearchParams(fields).toString(),
  });
}

const uniqueName = () => `sand-${crypto.randomUUID().slice(0, 8)}`;

describe('the setup page', () => {
  it('is Arabic and right to left unless English is asked for, and allows nothing from elsewhere', async () => {
    const ar = await get();
    const arabic = await ar.text();
    expect(arabic).toContain('<html lang="ar" dir="rtl">');
    expect(arabic).toContain(setupTexts.ar.heading);
    const english = await (await get({}, '?lang=en')).text();
    expect(english).toContain('<html lang="en" dir="ltr">');
    expect(ar.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(ar.headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    expect(ar.headers.get('cache-control')).toBe('no-store');
    // The one script is our own file: what the policy allows and nothing in the page.
    expect(arabic.match(/<script[^>]*>/g)).toEqual(['<script src="/ui/passkey.js" type="module">']);
    expect(arabic).not.toMatch(/https?:\/\/(?!www\.w3\.org)/);
  });

  it('sets user name and password once', async () => {
    const { setupCode } = await aPerson();
    const done = await post({
      code: ` ${setupCode.slice(0, 5)} ${setupCode.slice(5)}`,
      username: uniqueName(),
      password,
    });
    expect(done.status).toBe(200);
    expect(await done.text()).toContain(setupTexts.en.doneAlone);
    const again = await post({ code: setupCode, username: uniqueName(), password });
    expect(again.status).toBe(422);
    expect(await again.text()).toContain(setupTexts.en.refused.setup_code_used);
  });

  it('says that a short password is not enough alone', async () => {
    const { setupCode } = await aPerson();
    const done = await post({ code: setupCode, username: uniqueName(), password: 'dune wind' });
    expect(await done.text()).toContain(setupTexts.en.doneBeside);
  });

  it('says what is wrong, keeps what was typed, and never shows a password again', async () => {
    const { setupCode } = await aPerson();
    const taken = uniqueName();
    expect((await post({ code: setupCode, username: taken, password })).status).toBe(200);
    const other = (await aPerson()).setupCode;
    const cases = [
      ['username_taken', { code: other, username: taken, password }],
      ['username_malformed', { code: other, username: '1', password }],
      ['password_too_short', { code: other, username: uniqueName(), password: 'short' }],
      ['setup_code_unknown', { code: 'nothing', username: uniqueName(), password }],
    ] as const;
    for (const [reason, fields] of cases) {
      const answer = await post(fields);
      const html = await answer.text();
      expect([reason, answer.status]).toEqual([reason, 422]);
      expect(html).toContain(setupTexts.en.refused[reason]);
      expect(html).toContain(`value="${fields.code}"`);
      expect(html).not.toContain(password);
    }
  });

  it("refuses a form of somebody else's page, and a body that is no form", async () => {
    const { setupCode } = await aPerson();
    const fields = { code: setupCode, username: uniqueName(), password };
    expect((await post(fields, { 'Sec-Fetch-Site': 'cross-site' })).status).toBe(403);
    expect((await post(fields, { 'Content-Type': 'text/plain' })).status).toBe(403);
    expect((await post(fields)).status).toBe(200);
  });
});
