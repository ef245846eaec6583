import type { FieldNode, Step } from "../check/node.ts";
import type { QueryFacts } from "../facts.ts";
import type { Evaluate } from "./combine.ts";
import { isObject, type Value } from "./value.ts";

const step = (value: Value, key: Step): Value => {
  if (typeof key === "number") return Array.isArray(value) ? value[key] : undefined;
  return isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
};

const lookUp = (facts: QueryFacts, path: readonly Step[]): Value => {
  const [root, ...rest] = path;
  const group = typeof root === "string" && Object.hasOwn(facts, root) ? facts[root] : undefined;
  const value = rest.reduce<Value>(step, group);
  return value === null ? undefined : value;
};

/** Nearly every field is one key in one group. */
const looker = ({ path }: FieldNode): ((facts: QueryFacts) => Value) => {
  const [root, key] = path;
  if (path.length !== 2 || typeof root !== "string" || typeof key !== "string") return (facts) => lookUp(facts, path);
  return (facts) => {
    const group = Object.hasOwn(facts, root) ? facts[root] : undefined;
    const value = group !== undefined && Object.hasOwn(group, key) ? group[key] : undefined;
    return value === null ? undefined : value;
  };
};

/** JavaScript's names of the types. */
export const typeNames = { boolean: "boolean", number: "number", text: "string" } as const;

/** The value of a field, if it is of the type that it should be. */
export const evaluateField = (node: FieldNode): Evaluate => {
  const look = looker(node);
  const type = node.type === "dynamic" ? null : typeNames[node.type === "index" ? "text" : node.type];
  return (facts, missing) => {
    const value = look(facts);
    if (value !== undefined && (type === null || typeof value === type)) return value;
    missing?.push(node.name);
    return undefined;
  };
};

/** Whether anything is known of a field, whatever its type. */
export const evaluateHas = (node: FieldNode): Evaluate => {
  const look = looker(node);
  return (facts) => look(facts) !== undefined;
};
