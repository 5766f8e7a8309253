// A kiosk's invitation, typed from paper or a screen: `TWK-` and 25 characters of Crockford base32 in groups of five. The first ten
// are a one-time secret (50 bits), the other fifteen (75 bits) tell the trust roots from an impostor's: one code pins both ways.
import { err, ok, type Result } from '../base/result.ts';
import { concatBytes } from '../bytes/concat.ts';
import { sha256Sync } from '../crypto/sha256.ts';

const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const prefix = 'TWK';
const codeLength = 10;
const rootsLength = 15;

export type Invitation = {
  /** What goes into `EnrolRequest.code`. */
  readonly code: string;
  /** Compare with `rootsFingerprint` of the roots that the edge answers with, before anything else is believed. */
  readonly roots: string;
};

export type InvitationError = {
  readonly reason: 'invitation_prefix' | 'invitation_length' | 'invitation_character';
};

/** `characters` of Crockford base32 from the first bits of `bytes`, most significant first. Throws if there are too few bits. */
export function crockford(bytes: Uint8Array, characters: number): string {
  if (bytes.length * 8 < characters * 5) throw new RangeError('too few bits');
  let text = '';
  let held = 0;
  let bits = 0;
  for (let i = 0; text.length < characters; ) {
    if (bits < 5) {
      held = ((held << 8) | (bytes[i++] ?? 0)) & 0xffff;
      bits += 8;
    }
    bits -= 5;
    text += alphabet[(held >> bits) & 31];
  }
  return text;
}

/** The first 75 bits of SHA-256(rootA ‖ rootB), raw keys of 32 bytes in the order the edge gives them. */
export function rootsFingerprint(roots: readonly [Uint8Array, Uint8Array]): string {
  return crockford(sha256Sync(concatBytes(...roots)), rootsLength);
}

/** `random`: at least 7 bytes. */
export function newInvitation(random: Uint8Array, roots: readonly [Uint8Array, Uint8Array]): Invitation {
  return { code: crockford(random, codeLength), roots: rootsFingerprint(roots) };
}

/** `TWK-XXXXX-XXXXX-XXXXX-XXXXX-XXXXX`. */
export function formatInvitation(invitation: Invitation): string {
  const groups = (invitation.code + invitation.roots).match(/.{5}/g) ?? [];
  return [prefix, ...groups].join('-');
}

/**
 * Reads what a person typed: any case, spaces and hyphens anywhere, O for 0 and I or L for 1 (Crockford). At most 100 characters.
 * Reasons: `invitation_prefix` (it does not begin with TWK), `invitation_character`, `invitation_length` (not 25 after the prefix).
 */
export function parseInvitation(text: string): Result<Invitation, InvitationError> {
  if (text.length > 100) return err({ reason: 'invitation_length' });
  const bare = text.toUpperCase().replace(/[\s\-‐‑–]/g, '');
  if (!bare.startsWith(prefix)) return err({ reason: 'invitation_prefix' });
  const characters = bare.slice(prefix.length).replace(/O/g, '0').replace(/[IL]/g, '1');
  if ([...characters].some((character) => !alphabet.includes(character)))
    return err({ reason: 'invitation_character' });
  if (characters.length !== codeLength + rootsLength) return err({ reason: 'invitation_length' });
  return ok({ code: characters.slice(0, codeLength), roots: characters.slice(codeLength) });
}
