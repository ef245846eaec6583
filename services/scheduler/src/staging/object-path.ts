import { createHmac, timingSafeEqual } from "node:crypto";

/** The route by which the staging containers of a Pod get inputs and put outputs. */
export const objectRoute = "/v1/staging/objects";

/** One object that one Pod may get or put. */
export type StagedObject = {
  readonly method: "GET" | "PUT";
  readonly key: string;
  /** Bytes that are put; null where that is not known beforehand. */
  readonly size: number | null;
  /** Content hash of what is put; null where that is not known beforehand. */
  readonly sha256: string | null;
};

/** Whose path it is: a path is worth nothing without the token of that very Pod. */
export type PathOwner = { readonly attempt: string; readonly pod: string };

/** Writes the path of an object at the staging door, signed for one Pod. */
export const objectPath = (object: StagedObject, owner: PathOwner, secret: string): string => {
  const { key, size, sha256 } = object;
  const query = new URLSearchParams({ key });
  if (size !== null) query.set("size", String(size));
  if (sha256 !== null) query.set("sha256", sha256);
  query.set("signature", signatureOf(object, owner, secret));
  return `${objectRoute}?${query}`;
};

/** Whether we signed the path of this object for this Pod. */
export const isOurPath = (object: StagedObject, owner: PathOwner, signature: string, secret: string): boolean => {
  const expected = Buffer.from(signatureOf(object, owner, secret));
  const given = Buffer.from(signature);
  return expected.length === given.length && timingSafeEqual(expected, given);
};

/** JSON keeps the parts apart, whatever stands in them; the first one keeps other signatures with this secret apart. */
const signatureOf = ({ method, key, size, sha256 }: StagedObject, { attempt, pod }: PathOwner, secret: string) =>
  createHmac("sha256", secret)
    .update(JSON.stringify(["staged object", attempt, pod, method, key, size, sha256]))
    .digest("base64url");
