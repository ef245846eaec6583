import { compileAutomaton } from "./pattern-automaton.ts";
import { type PatternNode, type Range, readPattern } from "./pattern-syntax.ts";

/** A regular expression for `matches`, found anywhere in a text unless it is anchored with ^ and $. */
export type Pattern = {
  readonly source: string;
  /** The same as an advanced regular expression of PostgreSQL. */
  readonly postgres: string;
  /** Time is linear in the length of the text, whatever the pattern. */
  readonly test: (text: string) => boolean;
};

const maxPatternLength = 200;

const hex = (code: number): string => `\\U${Math.max(code, 1).toString(16).padStart(8, "0")}`;

const written = ([first, last]: Range): string => (first === last ? hex(first) : `${hex(first)}-${hex(last)}`);

const toPostgres = (node: PatternNode): string => {
  switch (node.kind) {
    case "set":
      return `[${node.negated ? "^" : ""}${node.ranges.map(written).join("")}]`;
    case "start":
      return "^";
    case "end":
      return "$";
    case "sequence":
      return node.items.map(toPostgres).join("");
    case "choice":
      return `(?:${node.items.map(toPostgres).join("|")})`;
    case "repeat":
      return `(?:${toPostgres(node.of)}){${node.least},${node.most ?? ""}}`;
  }
};

/** Checks and compiles a pattern. Throws an `Error` whose message names what is not supported. */
export const compilePattern = (source: string): Pattern => {
  if (source.length > maxPatternLength) throw new Error(`a pattern has at most ${maxPatternLength} characters`);
  const node = readPattern(source);
  return { source, postgres: `(?:${toPostgres(node)})`, test: compileAutomaton(node) };
};
