/** Operators between two operands, as they are written. */
export type BinaryOperator = "==" | "!=" | "<" | "<=" | ">" | ">=" | "+" | "-" | "*" | "/" | "%" | "in" | "&&" | "||";

/** What was written, before anything is known of fields and types. `start` is the offset in the source. */
export type Syntax = { readonly start: number } & (
  | { readonly kind: "literal"; readonly value: null | boolean | number | string }
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "member"; readonly of: Syntax; readonly name: string }
  | { readonly kind: "index"; readonly of: Syntax; readonly index: Syntax }
  | { readonly kind: "call"; readonly name: string; readonly on: Syntax | null; readonly args: readonly Syntax[] }
  | { readonly kind: "list"; readonly items: readonly Syntax[] }
  | { readonly kind: "conditional"; readonly test: Syntax; readonly yes: Syntax; readonly no: Syntax }
  | { readonly kind: "not"; readonly operand: Syntax }
  | { readonly kind: "negative"; readonly operand: Syntax }
  | { readonly kind: "binary"; readonly operator: BinaryOperator; readonly left: Syntax; readonly right: Syntax }
);
