/** Whether browsers reach the gateway over TLS. */
const isSecure = (publicUrl: string): boolean => new URL(publicUrl).protocol === "https:";

/** What a cookie is called: the prefix `__Host-` binds it to this host, and needs TLS. */
const cookieName = (publicUrl: string, name: CookieName): string =>
  `${isSecure(publicUrl) ? "__Host-" : ""}rollerblade_${name}`;

/** The session, or the sign-in at an issuer that this browser has begun. */
type CookieName = "session" | "sign_in";

/** `Set-Cookie` of a secret: scripts do not see it, and requests that other sites begin do not carry it, but for links. */
export const secretCookie = (publicUrl: string, name: CookieName, secret: string, expiresAt: Date): string =>
  `${cookieName(publicUrl, name)}=${secret}; Path=/; HttpOnly; SameSite=Lax; Expires=${expiresAt.toUTCString()}${isSecure(publicUrl) ? "; Secure" : ""}`;

/** `Set-Cookie` that takes a secret away. */
export const noCookie = (publicUrl: string, name: CookieName): string => secretCookie(publicUrl, name, "", new Date(0));

/** The secret in a Cookie header. */
export const secretInCookie = (
  publicUrl: string,
  wanted: CookieName,
  header: string | undefined,
): string | undefined => {
  for (const part of (header ?? "").split(";")) {
    const [name, value] = part.split("=", 2);
    if (name?.trim() === cookieName(publicUrl, wanted)) return value?.trim() || undefined;
  }
  return undefined;
};
