// Inside workerd: its WebCrypto, and the module as the platform compiled it.
import { expect, it } from 'vitest';
import { generateEd25519, signEd25519 } from '../../../shared/crypto/ed25519.ts';
import { edgeEd25519 } from '../../../worker/verifier/edge-ed25519.ts';

it('checks an issuer by tables from its hundredth code on, as the platform did before', async () => {
  const pair = await generateEd25519({ extractable: false });
  const key = await edgeEd25519.importPublicKey(pair.publicRaw);
  if (key === undefined) throw new Error('no usable key');
  const answers = { later: 0, atOnce: 0 };
  for (let code = 0; code < 200; code++) {
    const message = crypto.getRandomValues(new Uint8Array(700 + code));
    const signature = await signEd25519(pair.privateKey, message);
    const answer = edgeEd25519.verify(key, message, signature);
    answers[answer instanceof Promise ? 'later' : 'atOnce']++;
    expect(await answer).toBe(true);
    const changed = signature.slice();
    changed[code % 64] = (changed[code % 64] ?? 0) ^ 1;
    expect(await edgeEd25519.verify(key, message, changed)).toBe(false);
  }
  // Two checks a code: the first 99 are the platform's.
  expect(answers).toEqual({ later: 50, atOnce: 150 });
});
