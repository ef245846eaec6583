/** Whether browsers reach the gateway over TLS. */
const isSecure = (publicUrl: string): boolean => new URL(publicUrl).protocol === "https:";

/** What the cookie of a session is called: the prefix `__Host-` binds it to this host, and needs TLS. */
const cookieName = (publicUrl: string): string =>
  isSecure(publicUrl) ? "__Host-rollerblade_session" : "rollerblade_session";

/** `Set-Cookie` of a session: scripts do not see it, and requests that other sites begin do not carry it, but for links. */
export const sessionCookie = (publicUrl: string, token: string, expiresAt: Date): string =>
  `${cookieName(publicUrl)}=${token}; Path=/; HttpOnly; SameSite=Lax; Expires=${expiresAt.toUTCString()}${isSecure(publicUrl) ? "; Secure" : ""}`;

/** `Set-Cookie` that takes the session away. */
export const noSessionCookie = (publicUrl: string): string => sessionCookie(publicUrl, "", new Date(0));

/** The session's token in a Cookie header. */
export const tokenInCookie = (publicUrl: string, header: string | undefined): string | undefined => {
  for (const part of (header ?? "").split(";")) {
    const [name, value] = part.split("=", 2);
    if (name?.trim() === cookieName(publicUrl)) return value?.trim() || undefined;
  }
  return undefined;
};
