import type { Context, Evaluate } from "./expression-context.ts";
import { functions } from "./functions.ts";
import { binary, member } from "./operators.ts";
import { type Token, tokenize } from "./tokens.ts";

/** An expression of the BIDS schema, ready to be asked. */
export type Expression = {
  /** The value, or null where it is unknown, for example because it asks for a member of nothing. */
  readonly evaluate: (context: Context) => unknown;
  /** Names that it looks up in the context, `exists` among them. */
  readonly names: ReadonlySet<string>;
  /** What it compares, as it is written there: `sidecar.RepetitionTime`, `nifti_header.pixdim[4]`. */
  readonly operands: readonly Operand[];
  /** Lists of paths that it asks for with `exists`. */
  readonly sought: readonly { readonly paths: Operand["evaluate"]; readonly rule: Operand["evaluate"] }[];
};

/** A part of an expression with its value in a context; null where it is unknown. */
export type Operand = { readonly text: string; readonly evaluate: (context: Context) => unknown };

/** Reads an expression of the BIDS schema, a small part of JavaScript. @throws SyntaxError */
export const compileExpression = (text: string): Expression => {
  const parser = new Parser(tokenize(text), text);
  const run = parser.whole();
  return {
    names: parser.names,
    operands: parser.operands.map(({ text, evaluate }) => ({ text, evaluate: orNull(evaluate) })),
    sought: parser.sought.map(({ paths, rule }) => ({ paths: orNull(paths), rule: orNull(rule) })),
    evaluate: orNull(run),
  };
};

/** What cannot be evaluated is unknown. */
const orNull =
  (run: Evaluate): Evaluate =>
  (context) => {
    try {
      return run(context) ?? null;
    } catch {
      return null;
    }
  };

/** Operators from the weakest to the strongest. */
const levels: readonly (readonly string[])[] = [
  ["||"],
  ["&&"],
  ["==", "!="],
  ["<", "<=", ">", ">=", "in"],
  ["+", "-"],
  ["*", "/", "%"],
  ["**"],
];

class Parser {
  readonly names = new Set<string>();
  readonly operands: { readonly text: string; readonly evaluate: Evaluate }[] = [];
  readonly sought: { readonly paths: Evaluate; readonly rule: Evaluate }[] = [];
  readonly #tokens: readonly Token[];
  readonly #text: string;
  #at = 0;

  constructor(tokens: readonly Token[], text: string) {
    this.#tokens = tokens;
    this.#text = text;
  }

  whole(): Evaluate {
    const run = this.#level(0);
    if (this.#at < this.#tokens.length) throw this.#fault();
    return run;
  }

  #level(index: number): Evaluate {
    const operators = levels[index];
    if (operators === undefined) return this.#unary();
    let left = this.#level(index + 1);
    for (let sign = this.#peek(); sign !== null && operators.includes(sign); sign = this.#peek()) {
      this.#at++;
      left = binary(sign, left, this.#level(index + 1));
    }
    return left;
  }

  #unary(): Evaluate {
    const sign = this.#peek();
    if (sign !== "!" && sign !== "-") return this.#postfix();
    this.#at++;
    const operand = this.#unary();
    return sign === "!" ? (context) => !operand(context) : (context) => -Number(operand(context));
  }

  #postfix(): Evaluate {
    const from = this.#at;
    const run = this.#members();
    const tokens = this.#tokens.slice(from, this.#at);
    const isPath = tokens[0]?.kind === "name" && tokens.every(({ value }) => value !== "(");
    if (isPath && tokens.length > 1)
      this.operands.push({ text: tokens.map(({ value }) => value).join(""), evaluate: run });
    return run;
  }

  #members(): Evaluate {
    let run = this.#primary();
    for (;;) {
      const sign = this.#peek();
      if (sign === ".") {
        this.#at++;
        const key = this.#next().value;
        run = memberOf(run, () => key);
      } else if (sign === "[") {
        this.#at++;
        run = memberOf(run, this.#level(0));
        this.#expect("]");
      } else return run;
    }
  }

  #primary(): Evaluate {
    const token = this.#next();
    if (token.kind === "number" || token.kind === "text") return () => token.value;
    if (token.kind === "name") return this.#named(token.value);
    if (token.value === "[") {
      const items = this.#list("]");
      return (context) => items.map((item) => item(context));
    }
    if (token.value === "{") {
      this.#expect("}");
      return () => ({});
    }
    if (token.value !== "(") throw this.#fault();
    const inner = this.#level(0);
    this.#expect(")");
    return inner;
  }

  #named(name: string): Evaluate {
    const constant = constants.get(name);
    if (constant !== undefined) return () => constant.value;
    const isCall = this.#peek() === "(";
    if (isCall) this.#at++;
    const own = isCall ? functions[name] : undefined;
    if (own === undefined) this.names.add(name);
    if (!isCall) return (context) => context[name];
    const operands = this.#list(")");
    const [paths, rule] = operands;
    if (name === "exists" && paths !== undefined && rule !== undefined) this.sought.push({ paths, rule });
    return (context) => {
      const call = own ?? context[name];
      if (typeof call !== "function") throw new TypeError(`${name} is not a function`);
      return call(...operands.map((operand) => operand(context)));
    };
  }

  #list(end: string): Evaluate[] {
    const items: Evaluate[] = [];
    while (this.#peek() !== end) {
      items.push(this.#level(0));
      if (this.#peek() === ",") this.#at++;
    }
    this.#at++;
    return items;
  }

  #peek(): string | null {
    const token = this.#tokens[this.#at];
    if (token === undefined || token.kind === "text" || token.kind === "number") return null;
    return token.kind === "name" && token.value !== "in" ? null : token.value;
  }

  #next(): Token {
    const token = this.#tokens[this.#at++];
    if (token === undefined) throw this.#fault();
    return token;
  }

  #expect(sign: string): void {
    if (this.#next().value !== sign) throw this.#fault();
  }

  #fault(): SyntaxError {
    return new SyntaxError(`No expression of the BIDS schema: ${this.#text}`);
  }
}

const constants: ReadonlyMap<string, { readonly value: boolean | null }> = new Map([
  ["true", { value: true }],
  ["false", { value: false }],
  ["null", { value: null }],
]);

const memberOf =
  (object: Evaluate, key: Evaluate): Evaluate =>
  (context) =>
    member(object(context), key(context));
