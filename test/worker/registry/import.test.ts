import { env, exports } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import type { UnifiedNumber } from '../../../shared/base/brands.ts';
import { decodeBase64Url } from '../../../shared/bytes/base64url.ts';
import { ImportEvent, importPath, maxLineBytes, type PersonLine } from '../../../shared/contract/registry.ts';
import { encodeClaims } from '../../../shared/credential/claims.ts';
import { depsOf } from '../../../worker/deps.ts';
import type { Env } from '../../../worker/env.ts';
import { Fingers } from '../../../worker/store/fingers.ts';
import { numberOf, personLine, smallFace, templateText } from './person-lines.ts';

const deps = depsOf(env as unknown as Env);
const token = { Authorization: 'Bearer test-admin-token' };

async function post(body: string | Uint8Array | ReadableStream, query = ''): Promise<Response> {
  return exports.default.fetch(
    new Request(`http://edge${importPath}${query}`, {
      method: 'POST',
      headers: { ...token, 'Content-Type': 'application/x-ndjson' },
      body: body as BodyInit,
    }),
  );
}

async function importLines(lines: readonly (PersonLine | string | object)[], query = ''): Promise<ImportEvent[]> {
  const text = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n');
  const response = await post(text, query);
  expect(response.status).toBe(200);
  return eventsOf(await textOf(response));
}

/** Bytes first: the platform warns about text() on a media type that it does not take for text. */
async function textOf(response: Response): Promise<string> {
  return new TextDecoder().decode(await response.arrayBuffer());
}

function eventsOf(text: string): ImportEvent[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => ImportEvent.parse(JSON.parse(line)));
}

function last(events: readonly ImportEvent[]) {
  const event = events.at(-1);
  if (event?.type !== 'finished') throw new Error(`ended with ${event?.type}`);
  return event;
}

const refusals = (events: readonly ImportEvent[]) => events.filter((event) => event.type === 'refused');

describe('import of people', () => {
  it('stores a person so that the number finds record, fingers, face and guardians again', async () => {
    const child = personLine(11, {
      birthDate: '2014-02-01',
      guardians: [{ number: numberOf(12), relation: 'father' }],
    });
    const events = await importLines([child, personLine(12)]);
    expect(last(events)).toMatchObject({ line: 2, imported: 2, updated: 0, unchanged: 0, refused: 0 });
    const found = await deps.people.loadForActivation(child.number as UnifiedNumber);
    expect(found?.record.name).toEqual(child.name);
    expect(found?.record.birthDate).toBe('2014-02-01');
    expect(found?.account).toBeUndefined();
    expect(found?.enrolled).toEqual([
      { position: 2, sample: 1, extractor: 'synthetic', quality: 80 },
      { position: 7, sample: 1, extractor: 'synthetic', quality: 75 },
    ]);
    const [finger] = (await found?.openFingers(7)) ?? [];
    expect(finger?.template).toEqual(bytesOf(child.fingers[1]?.template));
    expect(await found?.openFace()).toEqual(bytesOf(smallFace));
    const father = await deps.people.findByNumber(numberOf(12) as UnifiedNumber);
    expect(found?.guardians).toHaveLength(1);
    expect(await deps.guardianships.relation(found?.subjectId as never, numberOf(12) as UnifiedNumber)).toBe('father');
    expect(await deps.guardianships.relation(found?.subjectId as never, numberOf(11) as UnifiedNumber)).toBeUndefined();
    expect(father?.record.guardians).toEqual([]);
    expect(await new Fingers(deps.shards, deps.vault).enrolled(found?.subjectId as never)).toHaveLength(2);
  });

  it('keeps good lines and names each bad one by number, reason and place, and nobody', async () => {
    const oversized = JSON.stringify({ ...personLine(25), padding: 'x'.repeat(maxLineBytes) });
    const cases: [line: string | object, reason: string, pointer?: string][] = [
      ['{"number":', 'bad_json'],
      [{ ...personLine(20), number: '1000000021' }, 'number_check_digit', '/number'],
      [{ ...personLine(21), kind: 'resident' }, 'number_kind', '/kind'],
      [{ ...personLine(22), birthDate: '2090-01-01' }, 'birth_date', '/birthDate'],
      [{ ...personLine(22), birthDate: '1850-01-01' }, 'birth_date', '/birthDate'],
      [{ ...personLine(22), birthDate: '1990-02-30' }, 'bad_shape', '/birthDate'],
      [{ ...personLine(23), name: { ar: 'أ' } }, 'bad_shape', '/name/en'],
      [{ ...personLine(23), name: { ar: 'نورة \u200f123', en: 'Noura' } }, 'name_text', '/name/ar'],
      [{ ...personLine(23), name: { ar: 'نورة', en: 'Nou\u00adra' } }, 'name_text', '/name/en'],
      [{ ...personLine(23), name: { ar: 'نورة', en: 'Noura\nAli' } }, 'name_text', '/name/en'],
      [
        { ...personLine(24), guardians: [{ number: '1000000021', relation: 'father' }] },
        'guardian_number',
        '/guardians/0/number',
      ],
      [
        { ...personLine(24), guardians: [{ number: numberOf(24), relation: 'father' }] },
        'guardian_is_self',
        '/guardians/0/number',
      ],
      [
        {
          ...personLine(24),
          guardians: [numberOf(12), numberOf(12)].map((number) => ({ number, relation: 'father' })),
        },
        'guardian_twice',
        '/guardians/1/number',
      ],
      [oversized, 'line_too_long'],
      [
        { ...personLine(26), fingers: [...personLine(26).fingers, personLine(26).fingers[0]] },
        'finger_twice',
        '/fingers/2',
      ],
      [
        { ...personLine(27), fingers: [{ ...personLine(27).fingers[0], template: 'A'.repeat(64) }] },
        'template_unreadable',
        '/fingers/0/template',
      ],
      [{ ...personLine(28), face: 'A'.repeat(40) }, 'face_unreadable', '/face'],
      [{ ...personLine(29), birthDate: undefined, birthDateHijri: '1420-13-01' }, 'hijri_date', '/birthDateHijri'],
      ['[]', 'bad_shape', ''],
      ['null', 'bad_shape', ''],
    ];
    const lines = cases.flatMap(([line], i) => [line, personLine(30 + i)]);
    const events = await importLines(lines);
    const refused = refusals(events);
    expect(refused.map(({ line, reason, pointer }) => [line, reason, pointer])).toEqual(
      cases.map(([, reason, pointer], i) => [2 * i + 1, reason, pointer]),
    );
    expect(last(events)).toMatchObject({ line: lines.length, imported: cases.length, refused: cases.length });
    const report = JSON.stringify(refused);
    expect(report).not.toMatch(/[1-7]\d{9}/);
    expect(report).not.toContain('Noura');
  });

  it('keeps names as they are spelled: what is kept can be issued', async () => {
    const names = [
      { ar: 'علی\u200cرضا', en: 'Ali-Reza O’Neil' },
      { ar: 'عَبْدُ اللَّه', en: 'Štěpán Nguyễn' },
    ];
    const events = await importLines(names.map((name, i) => ({ ...personLine(90 + i), name })));
    expect(last(events)).toMatchObject({ imported: names.length, refused: 0 });
    for (const { ar: nameArabic, en: nameLatin } of names)
      expect(encodeClaims({ nameArabic, nameLatin }).ok).toBe(true);
  });

  it('refuses bytes that are not UTF-8 and goes on behind them', async () => {
    const good = new TextEncoder().encode(`${JSON.stringify(personLine(60))}\n`);
    const response = await post(Uint8Array.from([0x7b, 0xff, 0x7d, 10, ...good]));
    const events = eventsOf(await textOf(response));
    expect(refusals(events)).toEqual([{ type: 'refused', line: 1, reason: 'bad_utf8' }]);
    expect(last(events)).toMatchObject({ imported: 1, refused: 1 });
  });

  it('takes a birth date of the Umm al-Qura calendar', async () => {
    const { birthDate: _, ...rest } = personLine(61);
    expect(last(await importLines([{ ...rest, birthDateHijri: '1411-10-22' }]))).toMatchObject({ imported: 1 });
    const found = await deps.people.findByNumber(numberOf(61) as UnifiedNumber);
    expect(found?.record.birthDate).toBe('1991-05-07');
  });

  it('changes nothing when the same lines come again, and replaces a person whose line changed', async () => {
    const lines = [personLine(70), personLine(71)];
    expect(last(await importLines(lines))).toMatchObject({ imported: 2 });
    expect(last(await importLines(lines))).toMatchObject({ imported: 0, updated: 0, unchanged: 2 });
    const before = await deps.people.findByNumber(numberOf(71) as UnifiedNumber);
    const moved = personLine(71, {
      document: { serial: 'Z9999999', expiresOn: '2035-01-01' },
      fingers: [{ position: 3, sample: 1, extractor: 'synthetic', quality: 60, template: templateText('new finger') }],
      guardians: [{ number: numberOf(70), relation: 'legal_guardian' }],
    });
    expect(last(await importLines([lines[0] ?? '', moved]))).toMatchObject({ updated: 1, unchanged: 1 });
    const after = await deps.people.loadForActivation(numberOf(71) as UnifiedNumber);
    expect(after?.subjectId).toBe(before?.subjectId);
    expect(after?.recordVersion).toBe(2);
    expect(after?.record.document.serial).toBe('Z9999999');
    expect(after?.enrolled.map(({ position }) => position)).toEqual([3]);
    expect((await after?.openFingers())?.[0]?.template).toEqual(bytesOf(moved.fingers[0]?.template));
    expect(after?.guardians).toHaveLength(1);
  });

  it('lets the later of two lines with one number count', async () => {
    const first = personLine(80);
    const second = { ...first, document: { serial: 'B0000002', expiresOn: '2032-01-01' } };
    expect(last(await importLines([first, personLine(81), second]))).toMatchObject({ imported: 2, updated: 1 });
    const found = await deps.people.findByNumber(numberOf(80) as UnifiedNumber);
    expect(found?.record.document.serial).toBe('B0000002');
  });

  it('numbers lines from where it is told to go on', async () => {
    const events = await importLines(['{', personLine(82)], '?from=501');
    expect(refusals(events)[0]).toMatchObject({ line: 501 });
    expect(last(events)).toMatchObject({ line: 502, imported: 1 });
  });

  it('answers while the body is still coming, and says up to where lines are durable', async () => {
    const lines = Array.from({ length: 600 }, (_, i) => JSON.stringify(personLine(1000 + i, { fingers: [] })));
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
    const writer = writable.getWriter();
    const encoder = new TextEncoder();
    const answer = post(readable);
    for (const line of lines.slice(0, 300)) await writer.write(encoder.encode(`${line}\n`));
    const response = await answer;
    const reader = (response.body as ReadableStream<Uint8Array>).pipeThrough(new TextDecoderStream()).getReader();
    const early = await reader.read();
    expect(ImportEvent.parse(JSON.parse(early.value ?? ''))).toMatchObject({
      type: 'progress',
      line: 256,
      imported: 256,
    });
    expect(await deps.people.findByNumber(numberOf(1255) as UnifiedNumber)).toBeDefined();
    const writing = (async () => {
      for (const line of lines.slice(300)) await writer.write(encoder.encode(`${line}\n`));
      await writer.close();
    })();
    let rest = '';
    for (let next = await reader.read(); !next.done; next = await reader.read()) rest += next.value;
    await writing;
    expect(last(eventsOf(rest))).toMatchObject({ line: 600, imported: 600 });
  });

  it('referees two imports of the same people at once: each person once, whole', async () => {
    const lines = Array.from({ length: 40 }, (_, i) => personLine(3000 + i));
    const [a, b] = await Promise.all([importLines(lines), importLines(lines)]);
    const total = [last(a), last(b)].reduce((sum, { imported }) => sum + imported, 0);
    expect(total).toBe(40);
    expect([last(a), last(b)].reduce((sum, { unchanged }) => sum + unchanged, 0)).toBe(40);
    for (const line of lines) {
      const found = await deps.people.loadForActivation(line.number as UnifiedNumber);
      expect((await found?.openFingers())?.length).toBe(2);
    }
  });

  it('journals every person by subject and the import by counts, without a number', async () => {
    await importLines([personLine(90)]);
    const found = await deps.people.findByNumber(numberOf(90) as UnifiedNumber);
    const page = await deps.journal.read({ limit: 5000, event: 'person.imported' });
    expect(page.entries.filter((entry) => entry.subjectId === found?.subjectId)).toHaveLength(1);
    const all = await deps.journal.read({ limit: 5000 });
    expect(all.entries.some((entry) => entry.event === 'import.finished')).toBe(true);
    expect(JSON.stringify(all.entries.map(({ subjectId: _, ...entry }) => entry))).not.toContain(numberOf(90));
  });

  it('refuses another media type, a bad "from" and an empty body', async () => {
    const ask = (headers: Record<string, string>, query: string, body: string | null) =>
      exports.default.fetch(
        new Request(`http://edge${importPath}${query}`, { method: 'POST', headers: { ...token, ...headers }, body }),
      );
    const ndjson = { 'Content-Type': 'application/x-ndjson' };
    expect((await ask({ 'Content-Type': 'application/json' }, '', '{}')).status).toBe(415);
    expect((await ask(ndjson, '?from=0', '{}')).status).toBe(400);
    expect((await ask(ndjson, '?from=1e3', '{}')).status).toBe(400);
    expect((await ask(ndjson, '', null)).status).toBe(400);
  });
});

function bytesOf(text: string | undefined): Uint8Array {
  const bytes = decodeBase64Url(text ?? '');
  if (!bytes.ok) throw new Error(bytes.error.reason);
  return bytes.value;
}
