import type { Refuse } from "../parse/fault.ts";
import type { Syntax } from "../parse/syntax.ts";
import { daysSince1970 } from "./date.ts";
import type { Fields, ValueType } from "./fields.ts";
import type { ElementNode, FieldNode, Node, RecordedNode } from "./node.ts";

/** What is known while one part of an expression is checked. */
export type Scope = {
  readonly fields: Fields;
  readonly refuse: Refuse;
  /** Elements of the lists that are walked through, by the name given to them. */
  readonly elements: ReadonlyMap<string, ElementNode>;
  /** Checks a part of the expression: what checks calls needs it for their arguments. */
  readonly check: (syntax: Syntax, scope: Scope) => Node;
};

/** Types as messages name them. */
export const inWords: Record<ValueType, string> = {
  boolean: "true or false",
  number: "a number",
  text: "text",
  index: "a number",
  dynamic: "a value",
};

/** Whether a node is what somebody recorded, or did not. */
export const mayBeUnknown = (node: Node): node is RecordedNode =>
  node.kind === "field" || node.kind === "element" || node.kind === "result";

/** The node as one of a type; a dynamic one is looked at when it is evaluated, any other is refused here. */
export const expected = (node: Node, type: "boolean" | "number" | "text", at: Syntax, { refuse }: Scope): Node => {
  if (node.type === type) return node;
  if (node.type === "index" && type !== "boolean") return settledIndex(node, type);
  if (node.type === "dynamic" && node.kind !== "literal") return { kind: "as", type, operand: node };
  return refuse(at, `This is ${inWords[node.type]} where ${inWords[type]} is needed`, adviceFor(node, type));
};

/** An index as the number that it is, or as the text that is written; any other node as it is. */
export const settledIndex = (node: Node, type: ValueType): Node => {
  if (node.kind !== "field" || node.type !== "index") return node;
  const written: FieldNode = { ...node, type: "text" };
  return type === "text" ? written : { kind: "digits", type: "number", operand: written };
};

/** What to write instead of a literal of the wrong type. */
export const adviceFor = (node: Node, type: ValueType): string | undefined => {
  if (node.kind !== "literal") return undefined;
  if (type === "text") return `write "${String(node.value)}"`;
  if (type !== "number") return undefined;
  if (typeof node.value === "string" && daysSince1970(node.value) !== undefined) return `write date("${node.value}")`;
  return Number.isFinite(Number(node.value)) ? `write ${Number(node.value)}` : undefined;
};
