import { readYaml, type YamlText } from "@rollerblade/analysis";
import { conditionFaults } from "./condition.ts";
import type { Completeness, GroupLevel, Join, PipelineDocument, Rule, Trigger } from "./document.ts";
import { documentSchema, type WrittenDocument } from "./document-schema.ts";
import { duplicateNames } from "./duplicate-names.ts";
import { parseDuration } from "./duration.ts";
import { documentProblem, type Fault } from "./faults.ts";
import { ruleCycle } from "./rule-cycle.ts";
import { scanFieldFaults } from "./scan-fields.ts";
import { schemaFaults } from "./schema-faults.ts";
import type { Show, Tag, TagValue } from "./tag.ts";

/**
 * Reads a document and checks what its text alone shows: form, names, conditions, cycles.
 * `name` is what the source calls it. @throws Problem `invalid` with every fault and its line and column.
 */
export const parseDocument = (name: string, source: string): PipelineDocument => {
  const text = readYaml(source);
  if (text.faults.length > 0) throw documentProblem(name, text.faults.map(yamlFault));
  const written = documentSchema.safeParse(text.value);
  if (!written.success) throw documentProblem(name, schemaFaults(text, documentSchema, written.error));
  const document = readDocument(name, source, written.data, text);
  const faults = [
    ...duplicateNames(written.data, text),
    ...scanFieldFaults(document, text),
    ...conditionFaults(document),
    ...ruleCycle(document),
  ];
  if (faults.length > 0) throw documentProblem(name, faults);
  return document;
};

const yamlFault = ({ position, message }: YamlText["faults"][number]): Fault => ({
  position,
  part: "",
  field: "",
  message,
});

const readDocument = (name: string, source: string, written: WrittenDocument, text: YamlText): PipelineDocument => ({
  name,
  source,
  datasets: written.datasets,
  accept: written.accept,
  rules: written.rules.map((rule, index) => readRule(rule, index, text)),
  tags: written.tags.map(readTag),
});

type WrittenRule = WrittenDocument["rules"][number];

const readRule = (rule: WrittenRule, index: number, text: YamlText): Rule => ({
  name: rule.name,
  position: text.positionOf(["rules", index]),
  on: readTrigger(rule.on),
  when: rule.when === undefined ? null : { source: rule.when, position: text.positionOfText(["rules", index, "when"]) },
  join: rule.join === undefined ? null : readJoin(rule.join),
  run: rule.run,
});

const readTrigger = ({ scan, derivative }: WrittenRule["on"]): Trigger => {
  if (derivative !== undefined) {
    return { kind: "derivative", analysis: derivative.analysis, output: derivative.output ?? null };
  }
  const fields = Object.entries(scan ?? {}).map(([key, value]) => [key, [value].flat().map(String)]);
  return { kind: "scan", fields: Object.fromEntries(fields) };
};

const levels: readonly GroupLevel[] = ["session", "subject", "dataset"];

const readJoin = (join: NonNullable<WrittenRule["join"]>): Join => ({
  by: levels.find((level) => join.by.includes(level)) ?? "dataset",
  need: join.need,
  complete: readCompleteness(join.complete),
  every: join.every === undefined ? null : parseDuration(join.every),
});

const readCompleteness = (complete: NonNullable<WrittenRule["join"]>["complete"]): Completeness => {
  if (typeof complete === "string") return { kind: complete };
  if ("count" in complete) return { kind: "count", count: complete.count };
  return { kind: "quiet", quiet: parseDuration(complete.quiet) ?? 0 };
};

type WrittenTag = WrittenDocument["tags"][number];

const readTag = ({ name, from, title, description, show }: WrittenTag): Tag => ({
  name,
  from,
  title,
  description: description ?? null,
  show: readShow(show),
});

const readShow = (show: WrittenTag["show"]): Show => {
  if (show.kind === "table") return { kind: "table", columns: show.columns ?? null };
  if (show.kind !== "metric") return show;
  return { kind: "metric", value: readValue(show.value), unit: show.unit ?? null, digits: show.digits ?? null };
};

const readValue = (value: string | { column: string }): TagValue =>
  typeof value === "string" ? { in: "json", pointer: value } : { in: "tsv", column: value.column };
