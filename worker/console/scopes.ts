// What an administrator's token may do, one scope an act or group of acts. A scope is never renamed.

export const adminScopes = [
  'people:import',
  'people:rotate',
  'centres:write',
  'appointments:write',
  'kiosks:write',
  'operators:write',
  /** Photos of documents that stood in for a finger; each look is journalled. */
  'documents:read',
  'accounts:write',
  'credentials:revoke',
  /** What a card is printed from: a person's names, face and a new credential. */
  'credentials:print',
  'clients:write',
  /** Initial access tokens for dynamic registration (RFC 7591): reviewed, or active at once. */
  'clients:register',
  'clients:register-active',
  'verifiers:write',
  'keys:write',
  'trust:write',
  'journal:read',
  'tokens:write',
] as const;

export type AdminScope = (typeof adminScopes)[number];

export function isAdminScope(text: string): text is AdminScope {
  return (adminScopes as readonly string[]).includes(text);
}
