import { Readable } from "node:stream";
import { Problem } from "@rollerblade/errors";
import type { Http } from "./http.ts";

/** Levels of objects and lists within each other that a request may have; nothing that a route takes has more than ten. */
const maxDepth = 64;

/**
 * Refuses requests that hold what no handler can do anything with: NUL and halves of surrogate pairs, which PostgreSQL stores in no text,
 * and nesting that fills the stack of whoever walks it. It looks at params, query and JSON body of every route, before any schema does;
 * bodies that are streams are left to their handlers.
 */
export const refuseUnfitInput = (http: Http): void => {
  http.addHook("preValidation", async ({ params, query, body, routeOptions }) => {
    const allowsNul = routeOptions.config.allowsNul === true;
    refuse("params", params, allowsNul);
    refuse("query", query, allowsNul);
    if (!(body instanceof Readable || Buffer.isBuffer(body))) refuse("body", body, allowsNul);
  });
};

declare module "fastify" {
  interface FastifyContextConfig {
    /** Lets texts with NUL through, to a handler that replaces it. */
    readonly allowsNul?: boolean;
  }
}

/** @throws Problem `invalid` with the place of the first text that is unfit */
const refuse = (part: string, value: unknown, allowsNul: boolean): void => {
  const fault = findFault(value, 0, allowsNul);
  if (fault === undefined) return;
  const where = [part, ...fault.path].slice(0, 10).join(".").slice(0, 200).toWellFormed().replaceAll("\0", "\\0");
  throw new Problem({
    code: "invalid",
    message: `${where}: ${fault.message}.`,
    subject: where,
    findings: [{ where, message: fault.message }],
  });
};

/** What is wrong with a value, and the way to it. */
type Fault = { readonly message: string; readonly path: readonly string[] };

const findFault = (value: unknown, depth: number, allowsNul: boolean): Fault | undefined => {
  if (typeof value === "string") return faultOfText(value, allowsNul);
  if (typeof value !== "object" || value === null) return undefined;
  if (depth === maxDepth) return { message: `is nested deeper than ${maxDepth} levels`, path: [] };
  for (const [name, inner] of Object.entries(value)) {
    const fault = faultOfText(name, allowsNul) ?? findFault(inner, depth + 1, allowsNul);
    if (fault !== undefined) return { message: fault.message, path: [name, ...fault.path] };
  }
  return undefined;
};

const faultOfText = (text: string, allowsNul: boolean): Fault | undefined => {
  if (!allowsNul && text.includes("\0")) return { message: "holds a NUL character, which no text may", path: [] };
  return text.isWellFormed()
    ? undefined
    : { message: "holds half a surrogate pair, which is not a character", path: [] };
};
