/** Code points from the first to the last, both included. */
export type Range = readonly [first: number, last: number];

/** A checked regular expression: the part of RE2 that means the same everywhere. */
export type PatternNode =
  | { readonly kind: "set"; readonly ranges: readonly Range[]; readonly negated: boolean }
  | { readonly kind: "start" | "end" }
  | { readonly kind: "sequence" | "choice"; readonly items: readonly PatternNode[] }
  | { readonly kind: "repeat"; readonly of: PatternNode; readonly least: number; readonly most: number | null };

const codeOf = (letter: string): number => letter.codePointAt(0) ?? 0;
const span = (from: string, to: string): Range => [codeOf(from), codeOf(to)];
const lastCodePoint = 0x10ffff;
const maxRepeats = 100;

const named: Readonly<Record<string, readonly Range[]>> = {
  d: [span("0", "9")],
  w: [span("0", "9"), span("A", "Z"), span("a", "z"), span("_", "_")],
  s: [span("\t", "\r"), span(" ", " ")],
};
const control: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", f: "\f", v: "\v" };

const complement = (ranges: readonly Range[]): Range[] => {
  let next = 1;
  const gaps: Range[] = [];
  for (const [first, last] of [...ranges].sort((a, b) => a[0] - b[0])) {
    if (first > next) gaps.push([next, first - 1]);
    next = Math.max(next, last + 1);
  }
  return next <= lastCodePoint ? [...gaps, [next, lastCodePoint]] : gaps;
};

/** Reads a pattern from left to right. Every method throws an error that names what is not supported. */
class PatternReader {
  readonly #letters: readonly string[];
  #at = 0;

  constructor(source: string) {
    this.#letters = [...source];
  }

  whole(): PatternNode {
    const node = this.#choice();
    if (this.#peek() !== undefined) throw new Error(`"${this.#peek()}" has no partner`);
    return node;
  }

  #peek(ahead = 0): string | undefined {
    return this.#letters[this.#at + ahead];
  }

  #take(): string {
    const letter = this.#letters[this.#at];
    if (letter === undefined) throw new Error("the pattern ends too early");
    this.#at += 1;
    return letter;
  }

  #takeIf(letter: string): boolean {
    if (this.#peek() !== letter) return false;
    this.#at += 1;
    return true;
  }

  #choice(): PatternNode {
    const items = [this.#sequence()];
    while (this.#takeIf("|")) items.push(this.#sequence());
    return items.length === 1 && items[0] ? items[0] : { kind: "choice", items };
  }

  #sequence(): PatternNode {
    const items: PatternNode[] = [];
    for (let next = this.#peek(); next !== undefined && next !== "|" && next !== ")"; next = this.#peek()) {
      items.push(this.#repeated(this.#atom()));
    }
    if (items.length === 0) throw new Error("an alternative is empty");
    return { kind: "sequence", items };
  }

  #repeated(of: PatternNode): PatternNode {
    const bounds = this.#bounds();
    if (bounds === null) return of;
    if (of.kind === "start" || of.kind === "end") throw new Error("^ and $ cannot be repeated");
    this.#takeIf("?");
    if (this.#bounds() !== null) throw new Error("a repetition of a repetition needs parentheses");
    return { kind: "repeat", of, ...bounds };
  }

  #bounds(): { least: number; most: number | null } | null {
    if (this.#takeIf("*")) return { least: 0, most: null };
    if (this.#takeIf("+")) return { least: 1, most: null };
    if (this.#takeIf("?")) return { least: 0, most: 1 };
    if (!this.#takeIf("{")) return null;
    const least = this.#count();
    const most = this.#takeIf(",") ? (this.#peek() === "}" ? null : this.#count()) : least;
    if (!this.#takeIf("}")) throw new Error("{ has no } after its numbers");
    if (most !== null && most < least) throw new Error(`{${least},${most}} is the wrong way round`);
    return { least, most };
  }

  #count(): number {
    let digits = "";
    while (/[0-9]/.test(this.#peek() ?? "")) digits += this.#take();
    if (digits === "") throw new Error("{ needs a number");
    if (Number(digits) > maxRepeats) throw new Error(`at most ${maxRepeats} repetitions can be counted`);
    return Number(digits);
  }

  #atom(): PatternNode {
    const letter = this.#take();
    if (letter === "(") return this.#group();
    if (letter === "[") return this.#set();
    if (letter === "^") return { kind: "start" };
    if (letter === "$") return { kind: "end" };
    if (letter === ".") return { kind: "set", ranges: [span("\n", "\n")], negated: true };
    if (letter === "\\") return { kind: "set", ranges: this.#escaped(), negated: false };
    if ("*+?{}]".includes(letter)) throw new Error(`"${letter}" needs a backslash before it`);
    return { kind: "set", ranges: [span(letter, letter)], negated: false };
  }

  #group(): PatternNode {
    if (this.#takeIf("?") && !this.#takeIf(":")) throw new Error("of groups, only (…) and (?:…) are supported");
    const node = this.#choice();
    if (!this.#takeIf(")")) throw new Error("( has no )");
    return node;
  }

  #escaped(): readonly Range[] {
    const letter = this.#take();
    const known = named[letter] ?? (named[letter.toLowerCase()] && complement(named[letter.toLowerCase()] ?? []));
    if (known) return known;
    const plain = control[letter] ?? letter;
    if (/[A-Za-z0-9]/.test(letter) && !(letter in control)) throw new Error(`\\${letter} is not supported`);
    return [span(plain, plain)];
  }

  #set(): PatternNode {
    const negated = this.#takeIf("^");
    const ranges: Range[] = [];
    while (!this.#takeIf("]")) ranges.push(...this.#member());
    if (ranges.length === 0) throw new Error("[] holds nothing");
    return { kind: "set", ranges, negated };
  }

  #member(): readonly Range[] {
    const first = this.#letter();
    const ranged = this.#peek() === "-" && this.#peek(1) !== "]" && this.#peek(1) !== undefined;
    if (!ranged) return first;
    this.#take();
    const [from, to] = [first[0]?.[0], this.#letter()[0]?.[1]];
    if (first.length !== 1 || from === undefined || to === undefined || from > to)
      throw new Error("a range in [ ] is the wrong way round");
    return [[from, to]];
  }

  #letter(): readonly Range[] {
    const letter = this.#take();
    if (letter === "[") throw new Error('"[" inside [ ] needs a backslash before it');
    return letter === "\\" ? this.#escaped() : [span(letter, letter)];
  }
}

/** The tree of a pattern. Throws an `Error` whose message names what is not supported. */
export const readPattern = (source: string): PatternNode => new PatternReader(source).whole();
