import type { Expression } from "./expression.ts";
import type { Context } from "./expression-context.ts";

/** Values, and entries of a list, that a message shows. */
const maxShown = 4;

/** Characters of a value that a message shows as it is. */
const maxLength = 80;

/**
 * What a check that failed has found, since the schema words many messages without it; empty where there is nothing short to show.
 * @example ` (sidecar.RepetitionTime is 9.9, nifti_header.pixdim[4] is 2.4)`
 */
export const valuesOf = ({ checks }: { readonly checks: readonly Expression[] }, context: Context): string => {
  const failed = checks.filter((check) => !check.evaluate(context));
  const missing = failed.flatMap((check) => missingPaths(check, context));
  if (missing.length > 0) {
    const more = missing.length - maxShown;
    return ` (not there: ${missing.slice(0, maxShown).join(", ")}${more > 0 ? ` and ${more} more` : ""})`;
  }
  const values = new Map<string, string>();
  for (const { text, evaluate } of failed.flatMap(({ operands }) => operands)) {
    const shown = shortText(evaluate(context));
    if (shown !== null) values.set(text, shown);
  }
  const parts = [...values].slice(0, maxShown).map(([text, value]) => `${text} is ${value}`);
  return parts.length === 0 ? "" : ` (${parts.join(", ")})`;
};

/** Paths that the check asks for one by one, and that are not there. */
const missingPaths = ({ sought }: Expression, context: Context): string[] =>
  sought.flatMap(({ paths, rule }) => {
    const { exists } = context;
    const asked = paths(context);
    if (typeof exists !== "function") return [];
    const list: unknown[] = Array.isArray(asked) ? asked : [asked];
    return list.filter((path) => typeof path === "string" && exists(path, rule(context)) === 0).map(String);
  });

/** Numbers, texts, truths and short lists of them; null for what is unknown or long. */
const shortText = (value: unknown): string | null => {
  if (value === null || value === undefined || (typeof value === "object" && !Array.isArray(value))) return null;
  const text = JSON.stringify(value);
  return text === undefined || text.length > maxLength || text.includes("{") ? null : text;
};
