import { type ASTNode, Environment, ParseError } from "@marcbachmann/cel-js";
import { faultIn, type Refuse, refuseIn } from "./fault.ts";
import { bareDateIn, slipIn, withSigns } from "./slips.ts";
import type { Syntax } from "./syntax.ts";

/** Characters of an expression. */
const maxSourceLength = 4_096;

/** The only place that knows the parser: replacing it means writing this file again. */
const environment = new Environment({
  unlistedVariablesAreDyn: true,
  limits: { maxAstNodes: 2_000, maxDepth: 64, maxListElements: 1_000, maxMapEntries: 10, maxCallArguments: 8 },
});

const limits: Readonly<Record<string, string>> = {
  maxAstNodes: "parts",
  maxDepth: "parts within each other",
  maxListElements: "values in a list",
  maxMapEntries: "entries in a map",
  maxCallArguments: "arguments of a function",
};

/** Writes a limit of the parser as a sentence; its other messages are sentences already. */
const inWords = (summary: string): string => {
  const [, limit = "", most] = /^Exceeded (max\w+) \((\d+)\)/.exec(summary) ?? [];
  const counted = Object.hasOwn(limits, limit) ? limits[limit] : undefined;
  return counted === undefined ? withSigns(summary) : `An expression has at most ${most} ${counted}`;
};

const parsed = (source: string): ASTNode => {
  const date = bareDateIn(source);
  if (date !== undefined) throw faultIn(source, date.at, date.message, `write ${date.write}`);
  try {
    return environment.parse(source).ast;
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    const slip = slipIn(source);
    if (slip !== undefined) throw faultIn(source, slip.at, slip.message, `write ${slip.write}`);
    throw faultIn(source, error.range?.start ?? 0, inWords(error.summary));
  }
};

/** PostgreSQL holds neither NUL nor half a surrogate pair, so no value that an expression could find has them. */
const textOf = (value: string, node: ASTNode, refuse: Refuse): string =>
  value.includes("\0") || !value.isWellFormed()
    ? refuse(node, "This text holds characters that no field can hold")
    : value;

const numberOf = (value: number, node: ASTNode, refuse: Refuse): number =>
  Number.isFinite(value) && (!Number.isInteger(value) || Math.abs(value) <= 1e300)
    ? value
    : refuse(node, "This number is too large");

const wholeNumberOf = (value: bigint, node: ASTNode, refuse: Refuse): number =>
  Number.isSafeInteger(Number(value)) ? Number(value) : refuse(node, "This whole number is beyond 2^53");

const literal = (value: unknown, node: ASTNode, refuse: Refuse): Syntax => {
  const { start } = node;
  if (value === null || typeof value === "boolean") return { kind: "literal", start, value };
  if (typeof value === "string") return { kind: "literal", start, value: textOf(value, node, refuse) };
  if (typeof value === "bigint") return { kind: "literal", start, value: wholeNumberOf(value, node, refuse) };
  if (typeof value === "number") return { kind: "literal", start, value: numberOf(value, node, refuse) };
  return refuse(node, "Only text, numbers, true, false and null can be written", "leave out the prefix or suffix");
};

const translated = (node: ASTNode, refuse: Refuse): Syntax => {
  const { start } = node;
  const go = (child: ASTNode): Syntax => translated(child, refuse);
  switch (node.op) {
    case "value":
      return literal(node.args, node, refuse);
    case "id":
      return { kind: "name", start, name: node.args };
    case ".":
      return { kind: "member", start, of: go(node.args[0]), name: textOf(node.args[1], node, refuse) };
    case "[]":
      return { kind: "index", start, of: go(node.args[0]), index: go(node.args[1]) };
    case "call":
      return { kind: "call", start, name: node.args[0], on: null, args: node.args[1].map(go) };
    case "rcall":
      return { kind: "call", start, name: node.args[0], on: go(node.args[1]), args: node.args[2].map(go) };
    case "list":
      return { kind: "list", start, items: node.args.map(go) };
    case "?:":
      return { kind: "conditional", start, test: go(node.args[0]), yes: go(node.args[1]), no: go(node.args[2]) };
    case "!_":
      return { kind: "not", start, operand: go(node.args) };
    case "-_":
      return { kind: "negative", start, operand: go(node.args) };
    case "map":
    case ".?":
    case "[?]":
      return refuse(node, "Maps and optional access are not part of the query language");
    default:
      return { kind: "binary", start, operator: node.op, left: go(node.args[0]), right: go(node.args[1]) };
  }
};

/** The syntax tree of a CEL expression. Throws a `Problem` (`invalid`) with the position of the fault. */
export const parseCel = (source: string): Syntax => {
  if (source.length > maxSourceLength)
    throw faultIn(source.slice(0, 80), 0, `An expression has at most ${maxSourceLength} characters`);
  return translated(parsed(source), refuseIn(source));
};
