import type { Json } from "@rollerblade/abids";
import type { ValueType } from "./fields.ts";
import type { Pattern } from "./pattern.ts";

/** A step into a value: a key of an object, or an index of a list. */
export type Step = string | number;

/** A field as it is asked for; its value counts only if it is of the type. */
export type FieldNode = {
  readonly kind: "field";
  readonly type: ValueType;
  /** As it is written to people: `subject.age`, `metadata.SliceTiming[0]`. */
  readonly name: string;
  readonly path: readonly Step[];
};

/** A derivative that a scan should have; what is null may be anything. */
export type WantedDerivative = {
  readonly analysis: string;
  /** A version, or the first numbers of one: `1` is every 1.x.y. */
  readonly version: string | null;
  readonly output: string | null;
};

/** A result that a tag of a pipeline document shows; `document` is null where that of any document is meant. */
export type WantedResult = { readonly tag: string; readonly document: string | null };

/** The value of a result: of the scan itself, or else of its session, subject or dataset. Several values are a list. */
export type ResultNode = { readonly kind: "result"; readonly type: "dynamic"; readonly wanted: WantedResult };

/** An element of the list that `exists` or `all` walks through. */
export type ElementNode = {
  readonly kind: "element";
  readonly type: "dynamic";
  readonly name: string;
  readonly id: number;
};

/** What may be known of a scan, or not. */
export type RecordedNode = FieldNode | ElementNode | ResultNode;

/** Order of two values. */
export type Comparison = "<" | "<=" | ">" | ">=";

/** Arithmetic of two numbers; all numbers are double precision, so 7 / 2 is 3.5. */
export type Arithmetic = "+" | "-" | "*" | "/" | "%";

/**
 * A checked expression: every operand has the type that its operator needs, so that evaluation and SQL mean the same.
 * In both a missing operand is *unknown* and goes through `&&`, `||` and `!` as in Kleene's logic.
 */
export type Node =
  | { readonly kind: "literal"; readonly type: ValueType; readonly value: Json }
  | FieldNode
  | ElementNode
  /** A dynamic value where one type is needed; a value of another type is unknown. */
  | { readonly kind: "as"; readonly type: "boolean" | "number" | "text"; readonly operand: Node }
  /** Days since 1970 of a text that is a date of BIDS, with a fraction for the time of day; unknown for any other text. */
  | { readonly kind: "date"; readonly type: "number"; readonly operand: Node }
  | ResultNode
  /** The number that an index is. */
  | { readonly kind: "digits"; readonly type: "number"; readonly operand: FieldNode }
  | { readonly kind: "not"; readonly type: "boolean"; readonly operand: Node }
  | { readonly kind: "and" | "or"; readonly type: "boolean"; readonly left: Node; readonly right: Node }
  /** Both of one type, or at least one dynamic. */
  | { readonly kind: "equal"; readonly type: "boolean"; readonly left: Node; readonly right: Node }
  /** Both numbers, both text, or both dynamic. */
  | {
      readonly kind: "compare";
      readonly type: "boolean";
      readonly operator: Comparison;
      readonly left: Node;
      readonly right: Node;
    }
  /** Equal to one of the items. */
  | { readonly kind: "among"; readonly type: "boolean"; readonly needle: Node; readonly items: readonly Node[] }
  /** In a list, or a key of an object. */
  | { readonly kind: "member"; readonly type: "boolean"; readonly needle: Node; readonly list: Node }
  | {
      readonly kind: "arithmetic";
      readonly type: "number";
      readonly operator: Arithmetic;
      readonly left: Node;
      readonly right: Node;
    }
  | { readonly kind: "concat"; readonly type: "text"; readonly left: Node; readonly right: Node }
  | { readonly kind: "if"; readonly type: ValueType; readonly test: Node; readonly yes: Node; readonly no: Node }
  /** Never unknown. */
  | { readonly kind: "has"; readonly type: "boolean"; readonly operand: RecordedNode }
  | { readonly kind: "derivative"; readonly type: "boolean"; readonly wanted: WantedDerivative }
  | { readonly kind: "size"; readonly type: "number"; readonly operand: Node }
  /** The least or greatest of a list of numbers; unknown for an empty list, and where one of them is not a number. */
  | { readonly kind: "extreme"; readonly type: "number"; readonly which: "min" | "max"; readonly operand: Node }
  | {
      readonly kind: "text";
      readonly type: "boolean";
      readonly test: "startsWith" | "endsWith" | "contains";
      readonly subject: Node;
      readonly part: Node;
    }
  | { readonly kind: "matches"; readonly type: "boolean"; readonly subject: Node; readonly pattern: Pattern }
  | {
      readonly kind: "some" | "every";
      readonly type: "boolean";
      readonly list: Node;
      readonly element: ElementNode;
      readonly body: Node;
    };
