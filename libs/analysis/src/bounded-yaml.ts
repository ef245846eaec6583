import { Document, isScalar, Lexer, type LineCounter, Parser, parseDocument, visit } from "yaml";
import { sizeOfJson } from "./json-size.ts";
import { faultsOfScalars } from "./yaml-scalars.ts";

/**
 * Limits of a YAML document that a user writes: a manifest or a pipeline document. A text at the limits takes some
 * 50 ms to read, in which nobody else is answered; a rule of a pipeline document has some hundred tokens.
 */
const yamlLimits = {
  /** Characters. */
  maxLength: 262_144,
  /** Levels of maps and lists within each other. */
  maxDepth: 64,
  /** Words, signs and spaces as the lexer takes them apart. */
  maxTokens: 10_000,
  /** Aliases (`*name`); each may repeat all that its anchor holds. */
  maxAliases: 100,
  /** Escapes in quoted texts. */
  maxEscapes: 5_000,
  /** Values, with those behind an alias counted as often as it stands. */
  maxValues: 20_000,
} as const;

/** What was read of a YAML text. */
export type BoundedYaml = {
  readonly document: Document.Parsed | Document;
  /** Plain values; undefined where there are faults. */
  readonly value: unknown;
  /** Each with its offset in the text. */
  readonly faults: readonly { readonly offset: number; readonly message: string }[];
};

/**
 * Reads YAML 1.2 within the limits. It never throws: what is wrong with the text, and what is beyond the limits (nesting that fills the
 * stack, aliases that multiply), is listed as faults.
 */
export const readBoundedYaml = (source: string, lineCounter?: LineCounter): BoundedYaml => {
  const fault = faultOfSize(source);
  if (fault !== undefined) return unread(fault);
  try {
    return contentOf(
      parseDocument(source, {
        version: "1.2",
        // Its own check compares each key with each other one.
        uniqueKeys: false,
        // Its pictures of the place are not shown, and cost as much as the parsing.
        prettyErrors: false,
        ...(lineCounter && { lineCounter }),
      }),
    );
  } catch (error) {
    return unread(messageOf(error));
  }
};

/** Looks at the tokens only, whose number and nesting decide what parsing and composing will cost. */
const faultOfSize = (source: string): string | undefined => {
  if (source.length > yamlLimits.maxLength) return `the text is longer than ${yamlLimits.maxLength} characters`;
  const parser = new Parser();
  let [tokens, aliases, escapes] = [0, 0, 0];
  for (const token of new Lexer().lex(source)) {
    tokens += 1;
    if (token.startsWith("*")) aliases += 1;
    if (token.startsWith('"')) escapes += token.split("\\").length - 1;
    if (tokens > yamlLimits.maxTokens) return `the text has more than ${yamlLimits.maxTokens} words and signs`;
    if (aliases > yamlLimits.maxAliases) return `the text has more than ${yamlLimits.maxAliases} aliases`;
    if (escapes > yamlLimits.maxEscapes) return `the text has more than ${yamlLimits.maxEscapes} escapes`;
    // What the parser gives back is not of interest, only how deep it is.
    for (const _ of parser.next(token));
    if (parser.stack.length > maxStack) return tooDeep;
  }
  return undefined;
};

/** The parser holds the document, each open collection, and the value in it. */
const maxStack = yamlLimits.maxDepth + 2;

const tooDeep = `the text is nested deeper than ${yamlLimits.maxDepth} levels`;

const contentOf = (document: Document.Parsed): BoundedYaml => {
  const faults = [
    ...document.errors.slice(0, 100).map((error) => ({ offset: error.pos[0], message: messageOf(error) })),
    ...repeatedKeys(document),
    ...faultsOfScalars(document),
  ];
  if (faults.length > 0) return { document, value: undefined, faults };
  const value: unknown = document.toJS({ maxAliasCount: yamlLimits.maxAliases });
  const { depth, values } = sizeOfJson(value);
  if (depth > yamlLimits.maxDepth) return unread(tooDeep);
  if (values > yamlLimits.maxValues) return unread(`the text has more than ${yamlLimits.maxValues} values`);
  return { document, value, faults: [] };
};

/** Keys that stand twice in their map, which YAML forbids (YAML 1.2.2, 3.2.1.1). */
const repeatedKeys = (document: Document.Parsed): BoundedYaml["faults"] => {
  const faults: { readonly offset: number; readonly message: string }[] = [];
  visit(document, {
    Map: (_, { items }) => {
      const known = new Set<unknown>();
      for (const { key } of items) {
        if (!isScalar(key)) continue;
        if (known.has(key.value)) faults.push({ offset: key.range?.[0] ?? 0, message: "Map keys must be unique" });
        known.add(key.value);
      }
    },
  });
  return faults;
};

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const unread = (message: string): BoundedYaml => ({
  document: new Document(null),
  value: undefined,
  faults: [{ offset: 0, message }],
});
