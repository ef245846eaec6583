import type { Json } from "@rollerblade/abids";
import { Problem } from "@rollerblade/errors";
import { type Column, compileColumn, type Fields, type QueryFacts } from "@rollerblade/query";

/** A text with expressions of the query language in `${…}`. */
export type Template = {
  readonly source: string;
  /** The text; null where an expression is unknown. */
  readonly text: (facts: QueryFacts) => string | null;
  /** The value of a template that is one expression, as it is (a number, a list); else its text. */
  readonly value: (facts: QueryFacts) => Json;
  /** Every field that it speaks of. */
  readonly fields: readonly string[];
};

type Part = string | Column;

/** Compiles a template such as `acq-${capture.site}`. @throws Problem `invalid` with the place within it */
export const compileTemplate = (source: string, fields: Fields): Template => {
  const parts = partsOf(source, fields);
  const [only] = parts;
  const text = (facts: QueryFacts): string | null => {
    let written = "";
    for (const part of parts) {
      const value = typeof part === "string" ? part : part.evaluate(facts);
      if (value === undefined || value === null) return null;
      written += typeof value === "object" ? JSON.stringify(value) : String(value);
    }
    return written;
  };
  return {
    source,
    text,
    value: (facts) =>
      parts.length === 1 && only !== undefined && typeof only !== "string"
        ? (only.evaluate(facts) ?? null)
        : text(facts),
    fields: parts.flatMap((part) => (typeof part === "string" ? [] : part.fields)),
  };
};

const partsOf = (source: string, fields: Fields): readonly Part[] => {
  const parts: Part[] = [];
  let at = 0;
  for (let open = source.indexOf("${"); open >= 0; open = source.indexOf("${", at)) {
    const close = closingBrace(source, open + 2);
    if (close < 0)
      throw new Problem({ code: "invalid", message: `"${source}" has a \${ that nobody closes.`, subject: source });
    if (open > at) parts.push(source.slice(at, open));
    parts.push(compileColumn(source.slice(open + 2, close), fields));
    at = close + 1;
  }
  if (at < source.length || parts.length === 0) parts.push(source.slice(at));
  return parts;
};

/** The brace behind an expression; one within a text in quotes is none. */
const closingBrace = (source: string, from: number): number => {
  let quote: string | null = null;
  for (let at = from; at < source.length; at++) {
    const character = source[at] ?? "";
    if (quote !== null) {
      if (character === "\\") at++;
      else if (character === quote) quote = null;
    } else if (character === '"' || character === "'") quote = character;
    else if (character === "}") return at;
  }
  return -1;
};
