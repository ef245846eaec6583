import { createHash } from "node:crypto";
import type { Route } from "@rollerblade/client";
import { z } from "zod";
import { unknownCursor } from "./pages.ts";

/** Bytes of the checksum: one in 2^32 guesses passes, and then is a place like any other. */
const checksumBytes = 4;

const hasField = (schema: z.ZodType | undefined, name: string): boolean =>
  schema instanceof z.ZodObject && Object.hasOwn(schema.shape, name);

/** Whether a route answers in pages. */
export const isPaged = ({ query, body, response }: Route): boolean =>
  hasField(response, "next") && (hasField(query, "after") || hasField(body, "after"));

type List = Pick<Route, "path">;

/** A list is its path: a cursor of one list is none of another. */
const checksum = ({ path }: List, place: string): Buffer =>
  createHash("sha256")
    .update(JSON.stringify([path, place]))
    .digest()
    .subarray(0, checksumBytes);

/** Writes the place where a page ends as one opaque word, so that nobody comes to depend on how a list is ordered. */
export const sealCursor = (route: List, place: string): string =>
  Buffer.concat([checksum(route, place), Buffer.from(place)]).toString("base64url");

/** Reads what `sealCursor` wrote. @throws Problem `invalid` for anything else */
export const openCursor = (route: Route, cursor: string): string => {
  const bytes = Buffer.from(cursor, "base64url");
  const place = bytes.subarray(checksumBytes).toString();
  if (sealCursor(route, place) === cursor) return place;
  throw unknownCursor(cursor);
};

/** The query or body of a request with the place in the place of its cursor. What is no text is left to the schema. */
export const withOpenCursor = (route: Route, part: unknown): unknown => {
  if (typeof part !== "object" || part === null || !("after" in part) || typeof part.after !== "string") return part;
  return { ...part, after: openCursor(route, part.after) };
};

/** An answer with a cursor in the place of the place. */
export const withSealedCursor = (route: Route, answer: unknown): unknown => {
  if (typeof answer !== "object" || answer === null || !("next" in answer) || typeof answer.next !== "string")
    return answer;
  return { ...answer, next: sealCursor(route, answer.next) };
};
