import { createScheduledController } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import type { EpochSeconds } from '../../../shared/base/brands.ts';
import { encodeCbor } from '../../../shared/cbor/encode.ts';
import { ed25519Signer, signSign1 } from '../../../shared/cose/sign1.ts';
import { generateEd25519, webEd25519 } from '../../../shared/crypto/ed25519.ts';
import { depsOf } from '../../../worker/deps.ts';
import type { Env } from '../../../worker/env.ts';
import worker from '../../../worker/index.ts';
import { chain, genesis } from '../../../worker/journal/chain.ts';
import { checkpointName, openCheckpoint, publishCheckpoint } from '../../../worker/journal/checkpoint.ts';
import { entryText, placedLine } from '../../../worker/journal/entry.ts';
import { archiveName } from '../../../worker/journal/journal-archive.ts';

const deps = depsOf(env as unknown as Env);
const at = 1_800_000_000 as EpochSeconds;

async function madeKey() {
  const pair = await generateEd25519({ extractable: false });
  const publicKey = await webEd25519.importPublicKey(pair.publicRaw);
  if (!publicKey) throw new Error('no key');
  const verify = (_: unknown, message: Uint8Array, signature: Uint8Array) =>
    webEd25519.verify(publicKey, message, signature);
  return { signer: ed25519Signer(pair.privateKey, new Uint8Array(8)), verify };
}

const lines = [placedLine('directory:1', entryText({ at, event: 'kiosk.enrolled', actor: 'kiosk:a' }))];

describe('a checkpoint of the journal', () => {
  it('says how far the chain goes, and opens with its key only', async () => {
    const { head } = await chain(genesis, lines);
    const { signer, verify } = await madeKey();
    const made = await publishCheckpoint(env.FILES, { segments: 1, head }, signer, at);
    expect(made).toEqual({ seq: 1, hash: head.hash, segments: 1, at });
    const bytes = new Uint8Array((await (await env.FILES.get(checkpointName(1)))?.arrayBuffer()) ?? new ArrayBuffer());
    expect(await openCheckpoint(bytes, verify)).toEqual({ ok: true, value: made });
    const other = await madeKey();
    expect(await openCheckpoint(bytes, other.verify)).toEqual({ ok: false, error: { reason: 'checkpoint_forged' } });
    const changed = bytes.slice();
    changed[changed.length - 70] = (changed[changed.length - 70] ?? 0) ^ 1;
    expect((await openCheckpoint(changed, verify)).ok).toBe(false);
    expect(await publishCheckpoint(env.FILES, { segments: 1, head }, signer, at)).toBeUndefined();
    await env.FILES.delete(checkpointName(1));
  });

  it('is not made before there is a line, and nothing else that the key signs is taken for one', async () => {
    const { signer, verify } = await madeKey();
    expect(await publishCheckpoint(env.FILES, { segments: 0, head: genesis }, signer, at)).toBeUndefined();
    const payload = encodeCbor(
      new Map<number, number | Uint8Array>([
        [1, 1],
        [2, new Uint8Array(32)],
        [3, 1],
        [4, 1],
      ]),
    );
    const receipt = await signSign1(payload, signer);
    expect(await openCheckpoint(receipt, verify)).toEqual({ ok: false, error: { reason: 'checkpoint_unreadable' } });
    expect((await openCheckpoint(new Uint8Array(5), verify)).ok).toBe(false);
  });

  it('is made by the cron, which hands the journal on too', async () => {
    await deps.keyRing.create('receipt', 'admin:test');
    await env.JOURNAL_ARCHIVE.getByName(archiveName).archive(lines);
    await worker.scheduled(createScheduledController(), env as unknown as Env);
    const waiting = await env.DIRECTORY.prepare('SELECT count(*) AS n FROM journal WHERE handed_on = 0').first<{
      n: number;
    }>();
    expect(waiting?.n).toBe(0);
    const { head } = await env.JOURNAL_ARCHIVE.getByName(archiveName).head();
    expect(await env.FILES.head(checkpointName(head.seq))).not.toBeNull();
  });
});
