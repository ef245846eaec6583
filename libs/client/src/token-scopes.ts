/** What tokens may let their user do, the weakest first; each may do what the ones before it may. */
export const tokenScopes = ["read", "run", "write", "admin"] as const;

/** What one token lets its user do. */
export type TokenScope = (typeof tokenScopes)[number];
