import { createHttpClient } from "@rollerblade/client";

/**
 * The API as everybody has it, with the cookie of the session, which scripts do not see. The header marks a request as made by a page of this
 * server: others cannot send it (CSRF).
 */
export const client = createHttpClient({
  url: window.location.origin,
  headers: { "x-rollerblade-csrf": "1" },
});
