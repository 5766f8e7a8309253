// The wallet that the demo's person holds: the local network's, which also scans a login page's code and looks at the account.
import type * as z from 'zod';
import {
  AccountAnswer,
  type AccountRequest,
  accountMessage,
  ScanAnswer,
  scanMessage,
  walletPaths,
} from '../../shared/contract/wallet.ts';
import { bindNewKey, WalletClient } from '../../worker/local/wallet-client.ts';

export class DemoWallet extends WalletClient {
  /** Binds a new key with the code that activation gave. */
  static override async bind(edge: string, setupCode: string): Promise<DemoWallet> {
    return new DemoWallet(await bindNewKey(edge, setupCode, 'demo phone'));
  }

  /** Reads the animated code off the login page; the request and its number come back. */
  async scan(frame: string): Promise<z.output<typeof ScanAnswer>> {
    return this.ask(walletPaths.scan, { frame }, scanMessage, ScanAnswer);
  }

  /** Sessions, consents, the user code: what they are after `act`. */
  async account(act: AccountRequest['act'], object = ''): Promise<z.output<typeof AccountAnswer>> {
    return this.ask(walletPaths.account, { act, object }, accountMessage, AccountAnswer);
  }
}
