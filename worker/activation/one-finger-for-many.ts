// Whether the finger that did not match was tried at this kiosk for other people before. It is compared with that kiosk's own last
// failures of a few hours and with nothing else: no search of the registry.
import { type FingerSample, judgeEvidence } from '../../shared/biometric/decide.ts';
import { decodeTemplate } from '../../shared/biometric/decode-template.ts';
import { encodeTemplate } from '../../shared/biometric/encode-template.ts';
import type { Bytes } from '../../shared/bytes/bytes.ts';
import { encodeHex } from '../../shared/bytes/hex.ts';
import type { KioskFailure } from '../store/kiosk-failures.ts';
import type { Place, Vault } from '../store/vault.ts';
import type { Capture } from './open-evidence.ts';
import { oneFingerForMany } from './policy.ts';

const place = (activationId: string): Place => ({
  table: 'kiosk_failures',
  row: activationId,
  column: 'sealed_capture',
});

/** The best capture, sealed; undefined for one that cannot be written again. */
export async function sealedCapture(
  vault: Pick<Vault, 'sealWithMaster'>,
  activationId: string,
  captures: readonly Capture[],
): Promise<Bytes | undefined> {
  const [best] = [...captures].sort((a, b) => b.quality - a.quality);
  if (!best) return undefined;
  const { template, extractor } = best;
  const encoded = encodeTemplate(template);
  if (!encoded.ok) return undefined;
  const name = new TextEncoder().encode(extractor.slice(0, 40));
  const plain = new Uint8Array([name.length, ...name, ...encoded.value]);
  const sealed = await vault.sealWithMaster(place(activationId), plain);
  plain.fill(0);
  return sealed;
}

async function sampleOf(
  vault: Pick<Vault, 'openWithMaster'>,
  failure: KioskFailure,
): Promise<FingerSample | undefined> {
  if (!failure.sealedCapture) return undefined;
  const opened = await vault.openWithMaster(place(failure.activationId), failure.sealedCapture);
  if (!opened.ok) return undefined;
  const [length = 0] = opened.value;
  const extractor = new TextDecoder().decode(opened.value.subarray(1, 1 + length));
  const template = decodeTemplate(opened.value.subarray(1 + length));
  if (!template.ok) return undefined;
  return { template: template.value, extractor, position: 'unknown', hash: `kept/${failure.activationId}` };
}

/** `personHmac`: whom the finger is shown for now; that person's own earlier failures say nothing. */
export async function isFingerOfMany(
  vault: Pick<Vault, 'openWithMaster'>,
  captures: readonly Capture[],
  personHmac: Uint8Array,
  failures: readonly KioskFailure[],
): Promise<boolean> {
  const own = encodeHex(personHmac);
  const others = failures.filter(({ personHmac }) => encodeHex(personHmac) !== own);
  const { otherPeople, maxFmr, mostCompared } = oneFingerForMany;
  if (new Set(others.map(({ personHmac }) => encodeHex(personHmac))).size < otherPeople) return false;
  const same = new Set<string>();
  for (const failure of others.slice(0, mostCompared)) {
    const kept = await sampleOf(vault, failure);
    const isSame =
      kept &&
      captures.some(({ template, extractor }) => {
        const probe: FingerSample = { template, extractor, position: 'unknown', hash: 'now' };
        const judged = judgeEvidence({ probes: [probe], enrolled: [kept], earlierHashes: [], policy: { maxFmr } });
        return judged.ok || judged.error.reason === 'replay';
      });
    if (isSame) same.add(encodeHex(failure.personHmac));
    if (same.size >= otherPeople) return true;
  }
  return false;
}
