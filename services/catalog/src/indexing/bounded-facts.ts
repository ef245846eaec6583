import { isJsonObject, type JsonObject } from "@rollerblade/abids";
import type { Finding } from "@rollerblade/errors";
import { maxBody } from "@rollerblade/events";
import { boundedMetadata } from "./bounded-metadata.ts";
import { entryBytes, structBytes } from "./struct-size.ts";

/** What sidecars and tables say of one scan. */
export type KnownFacts = {
  readonly metadata: JsonObject;
  readonly subjectAttributes: JsonObject;
  readonly sessionAttributes: JsonObject;
  readonly scanAttributes: JsonObject;
};

/** Bytes in a message that the columns of one level may have, and its phenotypes beside them: see `boundedMetadata`. */
const maxBytes = 48 * 1024;

/** Bytes in a message that are left for its envelope: names, numbers and lengths. */
const reservedBytes = 8 * 1024;

type Bounded = { readonly values: JsonObject; readonly left: readonly string[]; readonly bytes: number };

/** All scans of a subject share its attributes. */
const known = new WeakMap<JsonObject, Bounded>();

const boundedColumns = (columns: JsonObject): Bounded => {
  const before = known.get(columns);
  if (before !== undefined) return before;
  const bounded = boundColumns(columns);
  known.set(columns, bounded);
  return bounded;
};

const boundColumns = (columns: JsonObject): Bounded => {
  const { phenotype, ...rest } = columns;
  const own = boundedMetadata("", rest, maxBytes);
  const tools = phenotype !== undefined && isJsonObject(phenotype) ? phenotype : null;
  const kept = tools === null ? null : boundedMetadata("", tools, maxBytes);
  const left = [
    ...keysLost(rest, own.metadata),
    ...keysLost(tools ?? {}, kept?.metadata ?? {}).map((tool) => `phenotype.${tool}`),
  ];
  const phenotypes = kept === null ? phenotype : kept.metadata;
  const values =
    left.length === 0 ? columns : { ...own.metadata, ...(phenotypes !== undefined && { phenotype: phenotypes }) };
  return { values, left, bytes: structBytes(values) };
};

const keysLost = (before: JsonObject, after: JsonObject): string[] =>
  Object.keys(before).filter((key) => !Object.hasOwn(after, key));

const levels = ["metadata", "subjectAttributes", "sessionAttributes", "scanAttributes"] as const;

/** What a finding calls the values of each level. */
const prefixes = {
  metadata: "metadata",
  subjectAttributes: "subject",
  sessionAttributes: "session",
  scanAttributes: "scan",
};

const tooLarge = (path: string, name: string): Finding => ({
  where: path,
  message: `${name} is too large to be searched and stays in its table only`,
});

/** Columns of a level that findings name one by one; a cohort's table may have thousands that do not fit. */
const maxNamed = 20;

/** One finding for each column that was left out, or one for all where they are many. */
const leftOut = (path: string, names: readonly string[]): Finding[] => {
  if (names.length <= maxNamed) return names.map((name) => tooLarge(path, name));
  const message = `${names.length} columns, such as ${names.slice(0, 5).join(", ")}, do not fit beside the others: they cannot be searched and stay in their table only`;
  return [{ where: path, message }];
};

/**
 * What is known of a scan as it fits into a message: the largest values are left out until the rest does, each with a finding.
 * @param otherBytes what else the message carries
 */
export const boundedFacts = (
  path: string,
  facts: KnownFacts,
  otherBytes = 0,
): { facts: KnownFacts; findings: Finding[] } => {
  const { metadata, findings, bytes } = boundedMetadata(path, facts.metadata);
  const [subject, session, scan] = [
    boundedColumns(facts.subjectAttributes),
    boundedColumns(facts.sessionAttributes),
    boundedColumns(facts.scanAttributes),
  ];
  const left = [
    ...subject.left.map((name) => `subject.${name}`),
    ...session.left.map((name) => `session.${name}`),
    ...scan.left.map((name) => `scan.${name}`),
  ];
  const whole = boundedTogether(
    path,
    {
      metadata,
      subjectAttributes: subject.values,
      sessionAttributes: session.values,
      scanAttributes: scan.values,
    },
    bytes + subject.bytes + session.bytes + scan.bytes + otherBytes,
  );
  return {
    facts: whole.facts,
    findings: [...findings, ...leftOut(path, left), ...whole.findings],
  };
};

/** Each level may fit by itself and all of them together not. */
const boundedTogether = (
  path: string,
  facts: KnownFacts,
  bytes: number,
): { facts: KnownFacts; findings: Finding[] } => {
  let excess = bytes - (maxBody - reservedBytes);
  if (excess <= 0) return { facts, findings: [] };
  const values = levels.flatMap((level) =>
    Object.entries(facts[level]).map(([key, value]) => ({ level, key, bytes: entryBytes(key, value) })),
  );
  const dropped: typeof values = [];
  for (const value of values.sort((a, b) => b.bytes - a.bytes || (a.key < b.key ? -1 : 1))) {
    if (excess <= 0) break;
    dropped.push(value);
    excess -= value.bytes;
  }
  const without = (level: (typeof levels)[number]): JsonObject =>
    Object.fromEntries(
      Object.entries(facts[level]).filter(([key]) => !dropped.some((one) => one.level === level && one.key === key)),
    );
  return {
    facts: {
      metadata: without("metadata"),
      subjectAttributes: without("subjectAttributes"),
      sessionAttributes: without("sessionAttributes"),
      scanAttributes: without("scanAttributes"),
    },
    findings: dropped.map(({ level, key }) => tooLarge(path, `${prefixes[level]}.${key}`)),
  };
};
