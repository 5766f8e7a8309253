// The one address that may become a worker of this page (Trusted Types, the policy `kiosk-worker` of the page's headers).

const scanWorkerPath = '/scan-worker.js';

type Policy = { createScriptURL(path: string): string };
type TrustedTypes = { createPolicy(name: string, rules: { createScriptURL(path: string): string }): Policy };
declare const trustedTypes: TrustedTypes | undefined;

// SECURITY: refuses every other address, so that no text can become code here.
const rules = {
  createScriptURL(path: string): string {
    if (path !== scanWorkerPath) throw new TypeError('not the scan worker');
    return path;
  },
};
const policy: Policy = typeof trustedTypes === 'undefined' ? rules : trustedTypes.createPolicy('kiosk-worker', rules);

export function createScanWorker(): Worker {
  return new Worker(policy.createScriptURL(scanWorkerPath), { type: 'module' });
}
