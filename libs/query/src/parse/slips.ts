/** What somebody wrote in another language, where it stands, and what to write for it. */
export type Slip = { readonly at: number; readonly message: string; readonly write: string };

/** How other languages write what CEL writes otherwise; case does not matter. */
const words: Readonly<Record<string, string>> = {
  "=": "==",
  "<>": "!=",
  and: "&&",
  or: "||",
  not: "!",
  "&": "&&",
  "|": "||",
  like: '.contains("…"), .startsWith("…") or .matches("REGEX") behind the field',
};

/** `in (1, 2)` of SQL. */
const inParentheses = /^in\s*\([^()]*,/i;

/** Forms of several words, each looked for where a word begins, before the single words. */
const phrases: readonly (readonly [form: RegExp, write: string])[] = [
  [/^is\s+not\s+null\b/i, "has(FIELD)"],
  [/^is\s+null\b/i, "!has(FIELD)"],
  [/^is\b/i, "=="],
  [/^not\s+in\b/i, "!(FIELD in [1, 2])"],
  [inParentheses, "a list in brackets, as in: FIELD in [1, 2]"],
  [/^between\b/i, "two comparisons, as in: FIELD >= 20 && FIELD <= 30"],
];

/** Texts, which hold anything; signs that are right; signs and words that are none; all other words, with what is below them. */
const token = /"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|[=!<>]=|&&|\|\||<>|[=&|]|[A-Za-z_][\w.]*/g;

/** The first sign or word of another language in a source that is not CEL. */
export const slipIn = (source: string): Slip | undefined => {
  for (const { 0: text, index } of source.matchAll(token)) {
    const rest = source.slice(index);
    const word = text.toLowerCase();
    const [form, write] = phrases.find(([one]) => one.test(rest)) ?? [
      undefined,
      Object.hasOwn(words, word) ? words[word] : undefined,
    ];
    if (write !== undefined)
      return {
        at: index,
        message: `"${form === inParentheses ? "in (" : (form?.exec(rest)?.[0] ?? text)}" is not part of the query language`,
        write,
      };
  }
  return undefined;
};

/** A text, or a date without quotes that no letter, digit or sign continues. */
const bareDate = /"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|(?<![\w.-])[0-9]{4}-[0-9]{2}-[0-9]{2}(?![\w-])/g;

/**
 * A date without quotes, which CEL reads as a subtraction: `date(scan.acq_time) > 2024-01-01` would compare with 2022, and be
 * true of every scan.
 */
export const bareDateIn = (source: string): Slip | undefined => {
  for (const { 0: text, index } of source.matchAll(bareDate))
    if (/^[0-9]/.test(text))
      return { at: index, message: `${text} without quotes is a subtraction`, write: `date("${text}")` };
  return undefined;
};

/** The parser's names of tokens, as they are written. */
const signs: Readonly<Record<string, string>> = {
  ...{ EOF: "the end", NUMBER: "a number", STRING: "a text", BOOLEAN: "true or false", NULL: "null" },
  ...{ IDENTIFIER: "a name", PLUS: "+", MINUS: "-", MULTIPLY: "*", DIVIDE: "/", MODULO: "%", EQ: "==", NE: "!=" },
  ...{ LT: "<", LE: "<=", GT: ">", GE: ">=", AND: "&&", OR: "||", NOT: "!", IN: "in", LPAREN: "(", RPAREN: ")" },
  ...{ LBRACKET: "[", RBRACKET: "]", LBRACE: "{", RBRACE: "}", DOT: ".", COMMA: ",", COLON: ":", QUESTION: "?" },
};

/** A message of the parser with the tokens as they are written: `Expected ")", got ","`. */
export const withSigns = (summary: string): string =>
  summary === "Unexpected token: EOF"
    ? "The expression ends too early"
    : summary.replaceAll(/\b[A-Z]{2,}\b/g, (name) => {
        const sign = Object.hasOwn(signs, name) ? (signs[name] ?? name) : name;
        return /^[a-z]{2}/.test(sign) ? sign : `"${sign}"`;
      });
