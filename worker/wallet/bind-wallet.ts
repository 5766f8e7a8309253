// Binds a device key to the person whose setup code this is. The key proves itself over the code, so that nobody binds another's key.

import { err, ok, type Result } from '../../shared/base/result.ts';
import { encodeBase64Url } from '../../shared/bytes/base64url.ts';
import { type BindRequest, bindMessage } from '../../shared/contract/wallet.ts';
import { openSetupCode, type SetupNeeds, type SetupRefusal } from '../authn/use-setup-code.ts';
import { verifyBy, type WalletKey, type WalletKeyError } from './wallet-key.ts';

export type BindRefusal = SetupRefusal | WalletKeyError;

/** `walletId` begins with the person's bucket, so that it finds their shard; it is no secret. */
export async function bindWallet(
  needs: SetupNeeds,
  request: BindRequest,
): Promise<Result<{ readonly walletId: string }, BindRefusal>> {
  const key: WalletKey = { alg: request.alg, publicKey: request.publicKey };
  const proof = await verifyBy(key, bindMessage(request.setupCode), request.proof);
  if (!proof.ok) return proof;
  const setup = await openSetupCode(needs, request.setupCode, 'wallet');
  if (!setup.ok) return setup;
  const { subjectId, write } = setup.value;
  const walletId = subjectId.slice(0, 3) + encodeBase64Url(needs.random(16));
  const bound = {
    id: walletId,
    subjectId,
    type: 'wallet_key' as const,
    name: request.name,
    data: JSON.stringify(key),
    createdAt: needs.now,
  };
  const won = await needs.authenticators.bindWithSetup(bound, write, {
    at: needs.now,
    event: 'authenticator.bound',
    actor: `subject:${subjectId}`,
    subjectId,
    object: walletId,
    detail: { type: 'wallet_key', alg: request.alg },
  });
  return won ? ok({ walletId }) : err({ reason: 'setup_code_used' });
}
