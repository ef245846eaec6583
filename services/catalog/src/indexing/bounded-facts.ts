import { isJsonObject, type JsonObject } from "@rollerblade/abids";
import type { Finding } from "@rollerblade/errors";
import { boundedMetadata } from "./bounded-metadata.ts";

/** What sidecars and tables say of one scan. */
export type KnownFacts = {
  readonly metadata: JsonObject;
  readonly subjectAttributes: JsonObject;
  readonly sessionAttributes: JsonObject;
  readonly scanAttributes: JsonObject;
};

/** Bytes of JSON that the columns of one level may have, and its phenotypes beside them: see `boundedMetadata`. */
const maxBytes = 48 * 1024;

type Bounded = { readonly values: JsonObject; readonly left: readonly string[] };

/** All scans of a subject share its attributes. */
const known = new WeakMap<JsonObject, Bounded>();

const boundedColumns = (columns: JsonObject): Bounded => {
  const before = known.get(columns);
  if (before !== undefined) return before;
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
  known.set(columns, { values, left });
  return { values, left };
};

const keysLost = (before: JsonObject, after: JsonObject): string[] =>
  Object.keys(before).filter((key) => !Object.hasOwn(after, key));

/** What is known of a scan as it fits into a message: the largest values are left out until the rest does, each with a finding. */
export const boundedFacts = (path: string, facts: KnownFacts): { facts: KnownFacts; findings: Finding[] } => {
  const { metadata, findings } = boundedMetadata(path, facts.metadata);
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
  return {
    facts: {
      metadata,
      subjectAttributes: subject.values,
      sessionAttributes: session.values,
      scanAttributes: scan.values,
    },
    findings: [
      ...findings,
      ...left.map((name) => ({
        where: path,
        message: `${name} is too large to be searched and stays in its table only`,
      })),
    ],
  };
};
