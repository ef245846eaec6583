import type { Node } from "./node.ts";

/** The fields that a node speaks of, each once. */
export const fieldsOf = (node: Node): string[] => {
  if (node.kind === "field") return [node.name];
  return [...new Set(childrenOf(node).flatMap(fieldsOf))];
};

/** The nodes directly below a node. */
export const childrenOf = (node: Node): Node[] =>
  Object.values(node)
    .flatMap((child: unknown) => (Array.isArray(child) ? child : [child]))
    .filter(isNode);

const isNode = (value: unknown): value is Node =>
  typeof value === "object" && value !== null && "kind" in value && "type" in value;
