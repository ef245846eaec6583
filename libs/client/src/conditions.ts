import { z } from "zod";
import type { Route } from "./route.ts";

/** The header that makes a change safe to send again. */
export const idempotencyKeyHeader = "idempotency-key";

/** 16 characters at least, so that nobody sends the key of somebody else's change by chance; in quotes or not. */
const keyPattern = /^"?[!#-~]{16,255}"?$/;

/** The key in a header, without its quotes; undefined where it can be none. @example `"8e03978e-40d5-43dd-bc93-6894a57f9324"` */
export const readIdempotencyKey = (header: string | readonly string[]): string | undefined =>
  typeof header === "string" && keyPattern.test(header) ? header.replace(/^"|"$/g, "") : undefined;

/**
 * Whether a change may be sent with an `Idempotency-Key`: all that are JSON. What only reads may be repeated anyway, and bodies that are
 * streams are kept under the hash of their content.
 */
export const takesIdempotencyKey = ({ method, scope, path, bodyType }: Route): boolean =>
  method !== "GET" && scope !== "read" && bodyType === undefined && !path.startsWith("/v1/internal/");

/** `Idempotency-Key` as OpenAPI describes it. */
export const idempotencyKeyParameter = z
  .string()
  .regex(keyPattern)
  .describe(
    "A UUID that is made for this change. When the change is sent again with it within 24 hours, it is not made again and is answered as the first time.",
  );

/** `If-Match` as OpenAPI describes it. */
export const ifMatchParameter = z
  .string()
  .describe("The `ETag` of what was read before: the change is made only if that is still what is there, else 412.");

/** `If-None-Match` of a change as OpenAPI describes it. */
export const ifAbsentParameter = z.literal("*").describe("The change is made only if there is nothing yet, else 412.");

/** `If-None-Match` of a read as OpenAPI describes it. */
export const ifNoneMatchParameter = z
  .string()
  .describe(
    "The `ETag` of an earlier answer: as long as that is what would be answered, the answer is 304 without a body.",
  );
