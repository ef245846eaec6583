import type { YamlPath, YamlText } from "@rollerblade/analysis";
import type { z } from "zod";
import type { Fault } from "./faults.ts";

type Issue = z.core.$ZodIssue;

/** What the schema found, each with its line and column, its rule or tag, and its field. */
export const schemaFaults = (text: YamlText, error: z.ZodError): Fault[] =>
  error.issues.flatMap((issue) => faultsOf(text, issue));

const faultsOf = (text: YamlText, issue: Issue): Fault[] => {
  if (issue.code === "unrecognized_keys") return issue.keys.map((key) => unknownKey(text, [...issue.path, key]));
  const message = issue.code === "invalid_type" && isMissing(text, issue.path) ? "is missing" : issue.message;
  return [{ position: text.positionOf(issue.path), ...partOf(text, issue.path), message }];
};

const unknownKey = (text: YamlText, path: YamlPath): Fault => ({
  position: text.positionOfKey(path),
  ...partOf(text, path),
  message: "is not a field that can stand here",
});

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
