import type { Json, JsonObject } from "@rollerblade/abids";
import type { ScanFacts } from "@rollerblade/abids/facts";

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

const scanFields = ["path", "datatype", "suffix", "extension"] as const;

/**
 * Explains why a field cannot be read, or undefined when it can. Columns of tables and keys of metadata may be any, the
 * rest is fixed. Examples: `subject.age`, `scan.entities.run`, `metadata.EchoTime`.
 */
export const faultOfField = (field: string): string | undefined => {
  const [scope, name = "", ...rest] = field.split(".");
  const known = ["dataset.name", "subject.label", "session.label", ...scanFields.map((known) => `scan.${known}`)];
  if (scope === "subject" || scope === "session" || scope === "metadata")
    return name === "" ? "names no field" : undefined;
  if (scope === "scan" && name === "entities") {
    return rest.length === 1 && rest[0] !== "" ? undefined : "must name one entity, for example scan.entities.run";
  }
  if (known.includes(field)) return undefined;
  return `unknown field "${field}"; known are ${known.join(", ")}, subject.*, session.*, scan.entities.*, metadata.*`;
};

/** Returns the level of a field: all files of a slice at this level, or below it, have the same value. */
export const fieldLevel = (field: string): "dataset" | "subject" | "session" | "scan" => {
  const [scope] = field.split(".");
  return scope === "dataset" || scope === "subject" || scope === "session" ? scope : "scan";
};

/** Reads a field that {@link faultOfField} accepts; what is absent is null. */
export const readField = (field: string, scope: ReadScope): Json => {
  const dot = field.indexOf(".");
  const name = field.slice(dot + 1);
  switch (field.slice(0, dot)) {
    case "dataset":
      return scope.dataset;
    case "subject":
      return name === "label" ? scope.subject : own(scope.subjectAttributes, name);
    case "session":
      return name === "label" ? scope.session : own(scope.sessionAttributes, name);
    case "metadata":
      return scope.scan === null ? null : own(scope.scan.metadata, name);
    default:
      return scope.scan === null ? null : readScan(name, scope.scan);
  }
};

const readScan = (name: string, scan: ScanFacts): Json => {
  if (name.startsWith("entities.")) return own(scan.entities, name.slice("entities.".length));
  const known = scanFields.find((field) => field === name);
  return known === undefined ? null : scan[known];
};

/** Reads a member of the object itself, never one of its prototype: a column may be called `constructor`. */
const own = (object: JsonObject, name: string): Json => (Object.hasOwn(object, name) ? (object[name] ?? null) : null);
