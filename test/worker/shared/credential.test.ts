// The same checks inside workerd: its Ed25519 is another library than Node's, and must give the same answers.
import { describe, expect, it } from 'vitest';
import { epochSeconds } from '../../../shared/base/brands.ts';
import { decodeHex } from '../../../shared/bytes/hex.ts';
import { encodeUtf8 } from '../../../shared/bytes/text.ts';
import { type CoseKey, kidOf } from '../../../shared/cose/key.ts';
import { ed25519Signer } from '../../../shared/cose/sign1.ts';
import { DEFAULT_POLICY } from '../../../shared/credential/policy.ts';
import { issueStatic } from '../../../shared/credential/static.ts';
import { verifyCredential } from '../../../shared/credential/verify.ts';
import { type Ed25519, generateEd25519, nobleEd25519, webEd25519 } from '../../../shared/crypto/ed25519.ts';
import { generateEvidenceKeyPair, openFrom, sealTo } from '../../../shared/crypto/hpke.ts';
import { StatusBitmap } from '../../../shared/trust/status-bitmap.ts';
import { signStatusList, verifyStatusList } from '../../../shared/trust/status-list.ts';
import { StatusLists } from '../../../shared/trust/status-source.ts';
import { signTrustList, verifyTrustList } from '../../../shared/trust/trust-list.ts';
import { trustView } from '../../../shared/trust/trust-view.ts';
import edgeCases from '../../vectors/ed25519-rfc8032/edge-cases.json';
import smallOrder from '../../vectors/ed25519-rfc8032/zip215.json';
import wycheproof from '../../vectors/wycheproof/ed25519_test.json';

function hex(text: string): Uint8Array {
  const decoded = decodeHex(text);
  if (!decoded.ok) throw new Error(decoded.error.reason);
  return decoded.value;
}

async function verdict(by: Ed25519, raw: string, message: Uint8Array, signature: string): Promise<boolean> {
  const key = await by.importPublicKey(hex(raw));
  return key !== undefined && (await by.verify(key, message, hex(signature)));
}

describe('Ed25519 in workerd', () => {
  it('answers Wycheproof as Wycheproof does', async () => {
    for (const group of wycheproof.testGroups) {
      for (const test of group.tests) {
        const valid = await verdict(webEd25519, group.publicKey.pk, hex(test.msg), test.sig);
        expect(valid, `case ${test.tcId}`).toBe(test.result === 'valid');
      }
    }
  });

  it('refuses small order, and agrees with pure JavaScript where libraries differ', async () => {
    for (const { vk_bytes, sig_bytes } of smallOrder) {
      expect(await verdict(webEd25519, vk_bytes, encodeUtf8('Zcash'), sig_bytes)).toBe(false);
    }
    for (const { message, pub_key, signature } of edgeCases) {
      const web = await verdict(webEd25519, pub_key, hex(message), signature);
      expect(await verdict(nobleEd25519, pub_key, hex(message), signature)).toBe(web);
    }
  });
});

describe('a credential in workerd', () => {
  it('is issued, verified, revoked by a list, and refused', async () => {
    const now = epochSeconds(1_790_000_000);
    const at = (offset: number) => epochSeconds(now + offset);
    const pairs = await Promise.all([1, 2, 3].map(() => generateEd25519({ extractable: false })));
    const keys = pairs.map((pair): CoseKey => ({ curve: 'Ed25519', x: pair.publicRaw }));
    const signers = pairs.map((pair, i) => ed25519Signer(pair.privateKey, kidOf(keys[i] as CoseKey)));
    const [rootA, rootB, issuer] = keys as [CoseKey, CoseKey, CoseKey];
    const [byRoot, , byIssuer] = signers as [(typeof signers)[0], (typeof signers)[0], (typeof signers)[0]];
    const entry = {
      issuer: 'TWQ',
      key: issuer,
      usableFrom: at(-10),
      signUntil: at(1000),
      acceptUntil: at(1000),
      purposes: ['credential', 'status'] as const,
      state: 'active' as const,
      compromisedAt: undefined,
    };
    const content = { issuer: 'TWQ', version: 1, issuedAt: at(0), expiresAt: at(99), prevHash: new Uint8Array(32) };
    const signed = await signTrustList({ ...content, roots: [rootA, rootB], keys: [entry] }, [byRoot]);
    const list = await verifyTrustList(signed, { roots: [rootA, rootB], now, ed25519: webEd25519 });
    if (!list.ok) throw new Error(list.error.reason);
    const trust = trustView(list.value);
    const uri = 'https://id.example/s/0';
    const status = new StatusLists();
    const put = async (issuedAt: number, revoked: 0 | 1) => {
      const bitmap = StatusBitmap.empty(1, 64);
      bitmap.set(7, revoked);
      const token = await signStatusList(
        { uri, issuedAt: at(issuedAt), expiresAt: at(99), ttlSeconds: 9, bitmap },
        byIssuer,
      );
      const taken = await verifyStatusList(token, { trust, ed25519: webEd25519, now, uri });
      if (!taken.ok) throw new Error(taken.error.reason);
      status.put(taken.value);
    };
    await put(-2, 0);
    const claims = { nameArabic: 'محمد', id: '1000000008' };
    const request = { claims, issuer: 'TWQ', statusUri: uri, statusIndex: 7, issuedAt: at(-5), expiresAt: at(50) };
    const issued = await issueStatic(request, byIssuer);
    if (!issued.ok) throw new Error(issued.error.reason);
    const inputs = { trust, status, now, context: 'counter', policy: DEFAULT_POLICY, ed25519: webEd25519 } as const;
    const first = await verifyCredential(issued.value.text, inputs);
    expect(first.verdict).toEqual({ outcome: 'accepted' });
    expect(first.claims).toEqual(claims);
    await put(-1, 1);
    const second = await verifyCredential(issued.value.text, inputs);
    expect(second.verdict).toEqual({ outcome: 'rejected', check: 'not_revoked', stage: 'R' });
  });

  it('opens sealed evidence', async () => {
    const pair = await generateEvidenceKeyPair();
    const binding = { info: encodeUtf8('evidence'), aad: encodeUtf8('1') };
    const opened = await openFrom(pair.privateKey, await sealTo(pair.publicRaw, encodeUtf8('t'), binding), binding);
    expect(opened).toEqual({ ok: true, value: encodeUtf8('t') });
  });
});
