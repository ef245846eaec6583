import { createHmac, timingSafeEqual } from "node:crypto";

/** What a link lets its bearer do. */
export type LinkMethod = "GET" | "PUT";

/** What is signed: who has the link may do this one thing until then. */
export type ObjectLink = {
  readonly method: LinkMethod;
  readonly key: string;
  /** Seconds since 1970. */
  readonly expires: number;
  /** The name to save it under; empty for the key's own. */
  readonly filename: string;
};

/** The address of an object at the gateway: `<publicUrl>/objects/<key>?expires&filename&signature`. */
export const signLink = (link: ObjectLink, publicUrl: string, secret: string): string => {
  const path = link.key.split("/").map(encodeURIComponent).join("/");
  const query = new URLSearchParams({ expires: String(link.expires) });
  if (link.filename !== "") query.set("filename", link.filename);
  query.set("signature", signatureOf(link, secret));
  return `${publicUrl.replace(/\/+$/, "")}/objects/${path}?${query}`;
};

/** True when the signature is ours, for exactly this link, and its time is not over. */
export const verifyLink = (link: ObjectLink, signature: string, secret: string, now = Date.now()): boolean => {
  const expected = Buffer.from(signatureOf(link, secret));
  const given = Buffer.from(signature);
  const same = expected.length === given.length && timingSafeEqual(expected, given);
  return same && Number.isSafeInteger(link.expires) && link.expires * 1000 > now;
};

/** JSON keeps the parts apart, whatever stands in them. */
const signatureOf = ({ method, key, expires, filename }: ObjectLink, secret: string): string =>
  createHmac("sha256", secret)
    .update(JSON.stringify([method, key, expires, filename]))
    .digest("base64url");
