import { nearestNames } from "@rollerblade/abids/nearest-names";
import { typeInWords, type YamlPath, type YamlText } from "@rollerblade/analysis";
import { z } from "zod";
import type { Fault } from "./faults.ts";

type Issue = z.core.$ZodIssue;

/** What the schema found, each with its line and column, its rule or tag, and its field. */
export const schemaFaults = (text: YamlText, schema: z.ZodType, error: z.ZodError): Fault[] =>
  error.issues.flatMap((issue) => faultsOf(text, schema, issue));

const faultsOf = (text: YamlText, schema: z.ZodType, issue: Issue): Fault[] => {
  if (issue.code === "unrecognized_keys") {
    const fields = fieldsAt(schema, issue.path);
    return issue.keys.map((key) => unknownKey(text, [...issue.path, key], adviceFor(key, fields)));
  }
  const isAbsent = issue.code === "invalid_type" && isMissing(text, issue.path);
  const message = isAbsent ? "is missing" : typeInWords(issue.message);
  return [{ position: text.positionOf(issue.path), ...partOf(text, issue.path), message }];
};

const unknownKey = (text: YamlText, path: YamlPath, advice: string): Fault => ({
  position: text.positionOfKey(path),
  ...partOf(text, path),
  message: `is not a field that can stand here${advice}`,
});

type SchemaFields = Readonly<Record<string, unknown>>;

/** What to write for a field that is unknown where it stands: `every` of a rule belongs to its `join`. */
const adviceFor = (key: string, fields: SchemaFields): string => {
  const parents = Object.keys(fields).filter((name) => Object.hasOwn(fieldsAt(fields[name], []), key));
  const [near] = nearestNames(key, Object.keys(fields));
  if (near !== undefined) return `; did you mean ${near}?`;
  if (parents.length > 0) return `; it is a field of ${parents.join(" or ")}`;
  return Object.keys(fields).length === 0 ? "" : `; there are ${Object.keys(fields).join(", ")}`;
};

/** The fields that an object of a schema can have, at a path through it. */
const fieldsAt = (schema: unknown, path: readonly PropertyKey[]): SchemaFields => {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault) return fieldsAt(schema.unwrap(), path);
  const [step, ...rest] = path;
  if (schema instanceof z.ZodObject) {
    const shape: SchemaFields = schema.shape;
    return step === undefined ? shape : fieldsAt(shape[String(step)], rest);
  }
  return schema instanceof z.ZodArray && step !== undefined ? fieldsAt(schema.element, rest) : {};
};

const valueAt = (value: unknown, path: YamlPath): unknown =>
  path.reduce<unknown>((at, key) => (typeof at === "object" && at !== null ? Reflect.get(at, key) : undefined), value);

const isMissing = (text: YamlText, path: YamlPath): boolean => valueAt(text.value, path) === undefined;

/** `["rules", 0, "run", "version"]` as `rule mask` and `run.version`. */
const partOf = (text: YamlText, path: YamlPath): { part: string; field: string } => {
  const [list, index, ...field] = path;
  if ((list !== "rules" && list !== "tags") || typeof index !== "number") return { part: "", field: path.join(".") };
  const name = valueAt(text.value, [list, index, "name"]);
  const called = typeof name === "string" ? name : `number ${index + 1}`;
  return { part: `${list === "rules" ? "rule" : "tag"} ${called}`, field: field.map(String).join(".") };
};
