// The content security policy of every page of both houses, from what the page needs. What it does not ask for is not allowed.

export type PageNeeds = {
  /** `wasm`: WebAssembly too, for the code reader. Absent: the page has no script and asks nobody anything. */
  readonly scripts?: 'own' | 'wasm';
  /** Pictures and films that the page makes itself: the camera. */
  readonly camera?: boolean;
  readonly workers?: boolean;
  /**
   * Where its forms may go; absent: it has none. `anywhere`: browsers hold `form-action` against every redirect that follows a form, and
   * where the last hop of somebody else's chain leads is not ours to know.
   */
  readonly forms?: string | 'anywhere';
  /** Names of the policies that may make script addresses (Trusted Types); absent: not asked for. */
  readonly trustedTypes?: readonly string[];
};

/**
 * SECURITY: nothing from elsewhere, no inline script or style, no eval, no frame around it (clickjacking), whatever a page needs.
 * One header's value.
 */
export function contentSecurityPolicy(needs: PageNeeds): string {
  const { scripts, camera, workers, forms, trustedTypes } = needs;
  return [
    "default-src 'none'",
    ...(scripts ? [`script-src 'self'${scripts === 'wasm' ? " 'wasm-unsafe-eval'" : ''}`, "connect-src 'self'"] : []),
    "style-src 'self'",
    `img-src 'self' data:${camera ? ' blob:' : ''}`,
    "font-src 'self'",
    ...(camera ? ["media-src 'self' blob:"] : []),
    ...(workers ? ["worker-src 'self'"] : []),
    "object-src 'none'",
    "base-uri 'none'",
    ...(forms === 'anywhere' ? [] : [`form-action ${forms ?? "'none'"}`]),
    "frame-ancestors 'none'",
    ...(trustedTypes ? ["require-trusted-types-for 'script'", `trusted-types ${trustedTypes.join(' ')}`] : []),
  ].join('; ');
}
