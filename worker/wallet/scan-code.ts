// A wallet read the code of a login page: tells it who asks, and binds that login to its person until the person has decided.

import { acrOf } from '../../shared/assurance/level.ts';
import { err, ok, type Result } from '../../shared/base/result.ts';
import { encodeBase64Url } from '../../shared/bytes/base64url.ts';
import { parseLoginFrame } from '../../shared/contract/login-frame.ts';
import { type ScanAnswer, type ScanRequest, scanMessage } from '../../shared/contract/wallet.ts';
import { type AccountRefusal, admit } from '../authn/authentication.ts';
import { drawNumber, numberLifetimeSeconds } from '../authn/number-login.ts';
import { clientName } from '../clients/client.ts';
import type { ClientCache } from '../clients/client-cache.ts';
import { logoPathOf } from '../clients/logo.ts';
import type { ScanError } from '../logins/scan-rules.ts';
import { openWallet, type WalletNeeds, type WalletRefusal } from './answer-request.ts';

export type ScanNeeds = WalletNeeds & {
  readonly clients: Pick<ClientCache, 'find'>;
  readonly later: (work: Promise<unknown>) => void;
};
export type ScanRefusal =
  | WalletRefusal
  | AccountRefusal
  | ScanError
  | { readonly reason: 'frame_malformed' | 'client_gone' };

/** One D1 query and the login's object. The answer is decided as a typed number is: by the person, then signed. */
export async function scanCode(needs: ScanNeeds, request: ScanRequest): Promise<Result<ScanAnswer, ScanRefusal>> {
  const frame = parseLoginFrame(request.frame);
  if (!frame.ok) return frame;
  const wallet = await openWallet(needs, request, scanMessage(request));
  if (!wallet.ok) return wallet;
  // A scan transfers the whole secret, as six typed digits do (SP 800-63B-4 §3.1.3).
  const admitted = admit(wallet.value, 'number6', needs.now);
  if (!admitted.ok) return admitted;
  const { txn } = frame.value;
  const scanned = await needs.objects.login(txn).scanFrame({
    frame: { ...frame.value, mac: encodeBase64Url(frame.value.mac) },
    subject: wallet.value.subjectId,
    value: drawNumber(6),
    acr: acrOf('substantial'),
    expiresAt: needs.now + numberLifetimeSeconds,
  });
  if (!scanned.ok) return scanned;
  const { clientId, from, number } = scanned.value;
  const client = await needs.clients.find(clientId, needs.later);
  if (client?.state !== 'active') return err({ reason: 'client_gone' });
  const { value, purpose, acr, expiresAt } = number;
  const asks = {
    id: clientId,
    name: clientName(client.metadata),
    ...(client.logo && { logo: logoPathOf(client.logo) }),
  };
  return ok({ request: { txn, client: asks, purpose, from, digits: 6, acr, expiresAt }, number: value });
}
