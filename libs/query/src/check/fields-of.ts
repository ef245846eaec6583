import type { Node } from "./node.ts";

/** The fields that a node speaks of, each once. */
export const fieldsOf = (node: Node): string[] => {
  if (node.kind === "field") return [node.name];
  const children = Object.values(node).flatMap((child: unknown) => (Array.isArray(child) ? child : [child]));
  return [...new Set(children.filter(isNode).flatMap(fieldsOf))];
};

const isNode = (value: unknown): value is Node =>
  typeof value === "object" && value !== null && "kind" in value && "type" in value;
