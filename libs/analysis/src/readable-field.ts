import { entityRule, type Json, type JsonObject } from "@rollerblade/abids";
import type { ScanFacts } from "@rollerblade/abids/facts";
import { Problem } from "@rollerblade/errors";
import { type FieldReference, fieldName, queryFactsOfScan, readFieldName, reservedWords } from "@rollerblade/query";

/** What a field of `reads` is looked up in: the facts of the part of a dataset that a file belongs to. */
export type ReadScope = {
  readonly dataset: string;
  readonly subject: string | null;
  readonly session: string | null;
  readonly subjectAttributes: JsonObject;
  readonly sessionAttributes: JsonObject;
  /** Null for what belongs to no single scan. */
  readonly scan: ScanFacts | null;
};

/** What lies in the file itself is part of the key of an execution as it is, and needs no field. */
const ofContent: ReadonlySet<string> = new Set(["file"]);

/**
 * Explains why a field cannot be read, or undefined when it can: fields are called as in queries. Examples: `subject.age`,
 * `subject.phenotype.bdi.total`, `scan.entities.run`, `metadata.EchoTime`.
 */
export const faultOfField = (field: string): string | undefined => {
  try {
    const [group] = referenceOf(field).path;
    return ofContent.has(String(group)) ? `${field} cannot be read; the file itself is an input` : undefined;
  } catch (error) {
    return Problem.from(error)
      .message.replace(/ \(line \d+, column \d+\)/, "")
      .replace(/\.$/, "");
  }
};

/** Returns the level of a field: all files of a slice at this level, or below it, have the same value. */
export const fieldLevel = (field: string): "dataset" | "subject" | "session" | "scan" => {
  const [group] = field.split(/[.[]/);
  return group === "dataset" || group === "subject" || group === "session" ? group : "scan";
};

/** Writes a field that {@link faultOfField} accepts as queries write it: `subject.hand (left)` is `subject["hand (left)"]`. */
export const queryField = (field: string): string => {
  const [root, ...steps] = referenceOf(field).path;
  return fieldName(String(root), steps);
};

/** Reads a field that {@link faultOfField} accepts; what is absent is null. */
export const readField = (field: string, scope: ReadScope): Json => {
  const { path } = referenceOf(field);
  const found = path.reduce<Json>(step, factsOf(scope));
  const [group, entities, key] = path;
  return group === "scan" && entities === "entities" ? entityOf(String(key), found) : found;
};

const references = new Map<string, FieldReference>();

/** The name of a column may stand behind its group as it is in the table: `subject.handedness (left)`. */
const plainColumn = /^(subject|session|metadata)\.([^.[\]"]+)$/;

const referenceOf = (field: string): FieldReference => {
  const known = references.get(field);
  if (known !== undefined) return known;
  const [, group, column] = plainColumn.exec(field) ?? [];
  const isWord = column !== undefined && /^[A-Za-z_][A-Za-z0-9_]*$/.test(column) && !reservedWords.includes(column);
  const read: FieldReference =
    group === undefined || column === undefined || isWord
      ? readFieldName(field)
      : { path: [group, column], type: "dynamic" };
  references.set(field, read);
  return read;
};

const factsOf = (scope: ReadScope): JsonObject => {
  const { metadata = null, image = null, scan = null } = scope.scan === null ? {} : queryFactsOfScan(scope.scan);
  return {
    ...{ metadata, image, scan, dataset: { name: scope.dataset } },
    subject: { ...scope.subjectAttributes, label: scope.subject },
    session: { ...scope.sessionAttributes, label: scope.session },
  };
};

/** Reads a member of the object itself, never one of its prototype: a column may be called `constructor`. */
const step = (value: Json, key: string | number): Json => {
  if (typeof value !== "object" || value === null) return null;
  if (typeof key === "number") return isList(value) ? (value[key] ?? null) : null;
  return !isList(value) && Object.hasOwn(value, key) ? (value[key] ?? null) : null;
};

const isList = (value: Json): value is readonly Json[] => Array.isArray(value);

/** An index such as `run` is a number, as in queries; a label is a text. */
const entityOf = (key: string, written: Json): Json => {
  const isIndex = typeof written === "string" && entityRule(key)?.format === "index" && /^[0-9]+$/.test(written);
  return isIndex ? Number(written) : written;
};
