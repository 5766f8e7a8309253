// Evidence as it was sent → evidence whose captures are all templates: those that readers sealed are opened here, once a request.
import type { FingerTemplate } from '../../shared/biometric/template.ts';
import type { ActivationRefusal } from '../../shared/contract/kiosk.ts';
import type { ActivateNeeds } from './activation-case.ts';
import { parseDeviceTrust } from './device-trust.ts';
import type { Capture, EvidenceAsSent, OpenedEvidence, ShutCapture } from './open-evidence.ts';
import { openSealedCapture, type SealedNeeds } from './open-sealed-capture.ts';

/** In place of what did not open: no minutiae, so that it can match nothing and is known by nothing. */
const nothing: FingerTemplate = {
  format: 'iso-19794-2:2005',
  device: { vendor: 0, subFormat: 0, id: 0, certification: 0 },
  width: 1,
  height: 1,
  resolutionX: 197,
  resolutionY: 197,
  views: [],
};

type Needs = Pick<ActivateNeeds, 'captureKeys' | 'deviceTrustFile'>;
type AnyCaptures = EvidenceAsSent['captures'];

/** `activationId`: its 16 bytes. About a quarter of a second of work each: only for a kiosk that was admitted. */
export async function openSealedEvidence(
  needs: Needs,
  sent: EvidenceAsSent,
  activationId: Uint8Array,
): Promise<OpenedEvidence> {
  const supervisors = sent.exception?.supervisor ?? [];
  const all = [...sent.captures, ...(sent.guardian?.captures ?? []), ...supervisors];
  const { open, refusal } = await openerOf(needs, all, activationId);
  const captures = await open(sent.captures);
  const guardian = sent.guardian && { ...sent.guardian, captures: await open(sent.guardian.captures) };
  const exception = sent.exception && { ...sent.exception, supervisor: await open(supervisors) };
  return { ...sent, captures, guardian, exception, captureRefusal: refusal() };
}

/** Captures by themselves, sealed for the act that these 16 bytes name; undefined when one does not open. */
export async function openSealedCaptures(
  needs: Needs,
  captures: AnyCaptures,
  id: Uint8Array,
): Promise<readonly Capture[] | undefined> {
  const { open, refusal } = await openerOf(needs, captures, id);
  const opened = await open(captures);
  return refusal() ? undefined : opened;
}

async function openerOf(needs: Needs, all: AnyCaptures, activationId: Uint8Array) {
  const file = all.some(isShut) ? await needs.deviceTrustFile.read() : undefined;
  const trust = file && parseDeviceTrust(file);
  const sealed: SealedNeeds = {
    trust: trust?.ok ? trust.value : undefined,
    captureKey: (thumbprint) => needs.captureKeys.privateOf(thumbprint),
  };
  let refusal: ActivationRefusal | undefined;
  const open = async (captures: AnyCaptures): Promise<Capture[]> => {
    const opened: Capture[] = [];
    let previousLink = '';
    for (const capture of captures) {
      if (!isShut(capture)) {
        opened.push(capture);
        continue;
      }
      const { position, quality, capturedAt } = capture;
      // One that does not open refuses them all: the rest is not looked at.
      const one = refusal ? undefined : await openSealedCapture(sealed, capture, activationId, previousLink);
      if (one?.ok) {
        const { link, ...read } = one.value;
        previousLink = link;
        opened.push({ position, capturedAt, ...read });
      } else {
        refusal ??= one?.error.reason;
        opened.push({ position, quality, capturedAt, template: nothing, extractor: 'none' });
      }
    }
    return opened;
  };
  return { open, refusal: () => refusal };
}

function isShut(capture: Capture | ShutCapture): capture is ShutCapture {
  return 'bundle' in capture;
}
