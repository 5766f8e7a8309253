import { describe, expect, it } from 'vitest';
import type { EpochSeconds } from '../../../shared/base/brands.ts';
import { encodeBase64Url } from '../../../shared/bytes/base64url.ts';
import type { Verdict } from '../../../shared/credential/verdict.ts';
import { entryText, type JournalEntry } from '../../../worker/journal/entry.ts';
import { type Answer, answeredEntry } from '../../../worker/verifier/answered-entry.ts';

const at = 1_790_000_000 as EpochSeconds;
const hash = Uint8Array.from({ length: 32 }, (_, i) => i * 7);
const accepted: Verdict = { outcome: 'accepted' };
const rejected: Verdict = { outcome: 'rejected', check: 'issuer_signature', stage: 'S' };
const undecided: Verdict = { outcome: 'undecided', check: 'issuer_in_fresh_list', stage: 'T' };

const written = (answer: Answer) => answeredEntry(answer, 'gate', 'Zx_-09azAZ12', at);
const object = encodeBase64Url(hash);
const entry = (more: Pick<JournalEntry, 'object' | 'detail'>) =>
  entryText({ at, event: 'verification.answered', actor: 'verifier:Zx_-09azAZ12', ...more });

describe('the line of a check', () => {
  it('is what entryText would have written, for every verdict', () => {
    expect(written({ verdict: accepted, profile: 'S', hash })).toBe(
      entry({ object, detail: { outcome: 'accepted', context: 'gate', profile: 'S' } }),
    );
    for (const verdict of [rejected, undecided]) {
      const { outcome, check } = verdict as Extract<Verdict, { check: string }>;
      const detail = { outcome, context: 'gate', check };
      expect(written({ verdict, profile: 'D', hash })).toBe(entry({ object, detail: { ...detail, profile: 'D' } }));
      expect(written({ verdict, profile: undefined, hash })).toBe(entry({ detail }));
    }
  });

  it('has no hash of a text that no issuer signed', () => {
    expect(written({ verdict: rejected, profile: undefined, hash })).not.toContain(object);
  });
});
