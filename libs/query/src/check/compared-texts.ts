import { childrenOf } from "./fields-of.ts";
import type { Node, WantedDerivative, WantedResult } from "./node.ts";

/** A field that an expression compares with a constant text. */
export type ComparedText = { readonly field: string; readonly text: string };

/** The constant texts that fields are to be equal to (or not to be): `scan.suffix == "T1w"`, `scan.suffix in ["T1w", "T2w"]`. */
export const comparedTexts = (node: Node): ComparedText[] => [
  ...(node.kind === "equal" ? [...pair(node.left, node.right), ...pair(node.right, node.left)] : []),
  ...(node.kind === "among" ? node.items.flatMap((item) => pair(node.needle, item)) : []),
  ...childrenOf(node).flatMap(comparedTexts),
];

const pair = (field: Node, value: Node): ComparedText[] =>
  field.kind === "field" && value.kind === "literal" && typeof value.value === "string"
    ? [{ field: field.name, text: value.value }]
    : [];

/** The results that an expression asks for with `result(…)`. */
export const resultsOf = (node: Node): WantedResult[] => [
  ...(node.kind === "result" ? [node.wanted] : []),
  ...childrenOf(node).flatMap(resultsOf),
];

/** The derivatives that an expression asks for with `has.derivative(…)`. */
export const derivativesOf = (node: Node): WantedDerivative[] => [
  ...(node.kind === "derivative" ? [node.wanted] : []),
  ...childrenOf(node).flatMap(derivativesOf),
];
