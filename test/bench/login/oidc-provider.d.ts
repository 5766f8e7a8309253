// The part of `oidc-provider` that the bench uses; the package has no types of its own.
declare module 'oidc-provider' {
  type Model = { save(): Promise<string> };
  export class Provider {
    constructor(issuer: string, configuration: Readonly<Record<string, unknown>>);
    listen(port: number, host: string, listening: () => void): void;
    readonly Client: { find(id: string): Promise<unknown> };
    readonly Grant: new (
      input: Readonly<Record<string, unknown>>,
    ) => Model & { addOIDCScope(scope: string): void };
    readonly AuthorizationCode: new (
      input: Readonly<Record<string, unknown>>,
    ) => Model;
  }
}
