import { entityKeys, entityRules, isJsonList, type Json, nameRules, suffixes } from "@rollerblade/abids";
import { readYaml, type YamlPath } from "@rollerblade/analysis";
import { compileColumn, compileExpression, type Fields } from "@rollerblade/query";
import type {
  IgnoreRule,
  ImageRule,
  KeyOfRow,
  Mapping,
  MetadataTemplate,
  PhenotypeTable,
  RuleSource,
  SourceTable,
  TargetColumn,
} from "./mapping.ts";
import { addSchemaFaults, collectFaults, type Faults, nearestOf } from "./mapping-faults.ts";
import { mappingFields, rowFields, targetFields } from "./mapping-fields.ts";
import { mappingSchema, type WrittenColumn, type WrittenKey, type WrittenMapping } from "./mapping-schema.ts";
import { compilePattern } from "./path-pattern.ts";
import { compileTemplate, type Template } from "./template.ts";

/** The only fault of a part that did not compile is in the list of faults already; nobody uses its result. */
const nothing = (faults: Faults, path: YamlPath) => ({
  pattern: (source: string) => faults.attempt(path, () => compilePattern(source)) ?? compilePattern("{unread}"),
  template: (source: string, fields: Fields = mappingFields) =>
    faults.attempt(path, () => compileTemplate(source, fields)) ?? compileTemplate("", fields),
  condition: (source: string | undefined, fields: Fields = mappingFields) =>
    source === undefined ? null : faults.attempt(path, () => compileExpression(source, fields)),
  column: (source: string) => faults.attempt(path, () => compileColumn(source, mappingFields)),
});

/**
 * Reads a mapping and checks all of it that can be checked without the source. @throws Problem `invalid` with every fault,
 * its line and, for an unknown name, the nearest ones
 */
export const readMapping = (file: string, source: string): Mapping => {
  const text = readYaml(source);
  const faults = collectFaults(file, text);
  if (text.faults.length > 0) faults.finish();
  const parsed = mappingSchema.safeParse(text.value);
  if (!parsed.success) addSchemaFaults(faults, mappingSchema, parsed.error);
  const written = parsed.data;
  if (written === undefined) {
    faults.finish();
    throw new Error("A mapping that does not parse has faults.");
  }
  const mapping = compile(written, faults);
  faults.finish();
  return mapping;
};

const compile = (written: WrittenMapping, faults: Faults): Mapping => {
  const tables = Object.entries(written.tables).map(([name, table]) => tableOf(name, table, faults));
  const columnsOf = (columns: Readonly<Record<string, WrittenColumn>>, path: YamlPath) =>
    Object.entries(columns).map(([name, column]) => columnOf(name, column, tables, faults, [...path, name]));
  const { sessions } = written;
  return {
    description: written.dataset,
    readme: written.readme ?? null,
    labels: written.labels,
    dates: written.dates,
    keep: new Set(written.keep),
    tables,
    images: written.images.map((rule, index) => imageRule(written, rule, index, faults)),
    ignore: written.ignore.map((rule, index) => ignoreRule(rule, ["ignore", index], faults)),
    participants: columnsOf(written.participants?.columns ?? {}, ["participants", "columns"]),
    sessions:
      sessions === undefined
        ? null
        : {
            date: sessions.date === undefined ? null : nothing(faults, ["sessions", "date"]).template(sessions.date),
            columns: columnsOf(sessions.columns, ["sessions", "columns"]),
          },
    phenotype: Object.entries(written.phenotype).map(
      ([name, { description, perSession, columns }]): PhenotypeTable => ({
        name,
        description: description ?? null,
        perSession,
        columns: columnsOf(columns, ["phenotype", name, "columns"]),
      }),
    ),
    fieldmaps: written.fieldmaps.flatMap(({ fieldmap, for: target, match, same }, index) => {
      const is = nothing(faults, ["fieldmaps", index, "fieldmap"]).condition(fieldmap, targetFields);
      const corrects = nothing(faults, ["fieldmaps", index, "for"]).condition(target, targetFields);
      const both = nothing(faults, ["fieldmaps", index, "same"]);
      const pair =
        same === undefined
          ? null
          : { fieldmap: both.template(same.fieldmap, targetFields), for: both.template(same.for, targetFields) };
      return is === null || corrects === null ? [] : [{ fieldmap: is, for: corrects, match, same: pair }];
    }),
    unmatched: written.unmatched,
  };
};

type WrittenImage = WrittenMapping["images"][number];

const sourceOf = (
  { from, dicom }: { from?: string | undefined; dicom?: string | undefined },
  path: YamlPath,
  faults: Faults,
): RuleSource =>
  dicom === undefined
    ? { kind: "files", pattern: nothing(faults, [...path, "from"]).pattern(from ?? "") }
    : { kind: "series", pattern: nothing(faults, [...path, "dicom"]).pattern(dicom) };

const imageRule = (mapping: WrittenMapping, rule: WrittenImage, index: number, faults: Faults): ImageRule => {
  const path = ["images", index];
  const at = (...steps: string[]) => nothing(faults, [...path, ...steps]);
  const { suffix, datatype, ...entities } = rule.to;
  checkTarget(rule, faults, [...path, "to"]);
  const source = sourceOf(rule, path, faults);
  const subject = rule.subject ?? mapping.subject ?? captured(source, "subject");
  if (subject === null)
    faults.add(
      path,
      "no subject: capture {subject} in the pattern, or write subject: for the rule or the whole mapping",
    );
  const visit = rule.session ?? mapping.session ?? captured(source, "session");
  const session = typeof visit === "object" ? (visit?.order ?? null) : visit;
  const compiled: ImageRule = {
    name: rule.name ?? `images ${index + 1}`,
    source,
    where: at("where").condition(rule.where),
    suffix: at("to", "suffix").template(suffix),
    datatype: datatype === undefined ? null : at("to", "datatype").template(datatype),
    entities: Object.fromEntries(
      Object.entries(entities).map(([key, value]) => [key, at("to", key).template(String(value))]),
    ),
    subject: at("subject").template(subject ?? ""),
    session: session === null ? null : at("session").template(session),
    isNumbered: typeof visit === "object" && visit !== null,
    run:
      rule.run === undefined ? null : rule.run === "acquisition" ? "acquisition" : at("run").template(String(rule.run)),
    join: rule.join === undefined ? null : at("join", "by").column(rule.join.by),
    choose: chosenOf(rule, at("choose", "by").column),
    metadata: Object.fromEntries(
      Object.entries(rule.metadata ?? {}).map(([key, value]) => [key, metadataOf(value, at("metadata", key).template)]),
    ),
    bval: rule.bval ?? null,
    bvec: rule.bvec ?? null,
    orientation: rule.orientation ?? null,
  };
  checkCaptures(compiled, faults, path);
  return compiled;
};

/** A capture of this name speaks for itself. */
const captured = ({ pattern }: RuleSource, name: "subject" | "session"): string | null =>
  pattern.names.includes(name) ? `\${capture.${name}}` : null;

const chosenOf = ({ choose }: WrittenImage, compileBy: (source: string) => ReturnType<typeof compileColumn> | null) => {
  const by = choose === undefined ? null : compileBy(choose.by);
  return choose === undefined || by === null ? null : { by, best: choose.best };
};

/** A value with its texts compiled as templates, however deep they stand. */
const metadataOf = (value: Json, compileText: (source: string) => Template): MetadataTemplate => {
  if (typeof value === "string") return compileText(value).value;
  if (value === null || typeof value !== "object") return () => value;
  if (isJsonList(value)) {
    const items = value.map((item) => metadataOf(item, compileText));
    return (facts) => items.map((item) => item(facts));
  }
  const members = Object.entries(value).map(([key, item]) => [key, metadataOf(item, compileText)] as const);
  return (facts) => Object.fromEntries(members.map(([key, item]) => [key, item(facts)]));
};

/** Entities by what people call them: `acquisition` is `acq`. */
const keyOfLongName = new Map(entityRules.map(({ key, name }) => [name, key]));

/** Suffix, datatype and entities, as far as they are constants. */
const checkTarget = ({ to }: WrittenImage, faults: Faults, path: YamlPath): void => {
  const { suffix, datatype, ...entities } = to;
  for (const key of Object.keys(entities)) {
    if (key === "sub" || key === "ses" || key === "run")
      faults.add(
        [...path, key],
        `${key} is not written here, but as ${{ sub: "subject", ses: "session", run: "run" }[key]} of the rule`,
      );
    else if (!entityKeys.includes(key)) {
      const short = keyOfLongName.get(key);
      const near = short === undefined ? nearestOf(key, entityKeys) : `; did you mean ${short}?`;
      faults.add([...path, key], `${key} is not an entity of BIDS${near}`);
    }
  }
  if (suffix.includes("${")) {
    if (datatype === undefined) faults.add(path, "a suffix that is computed needs a datatype beside it");
    return;
  }
  if (!suffixes.includes(suffix)) {
    faults.add([...path, "suffix"], `${suffix} is not a suffix of BIDS${nearestOf(suffix, suffixes)}`);
    return;
  }
  const possible = datatypesOf(suffix);
  if (datatype === undefined && possible.length > 1)
    faults.add(path, `${suffix} may lie in ${possible.join(", ")}: write which as datatype`);
  if (datatype !== undefined && !datatype.includes("${") && !possible.includes(datatype))
    faults.add([...path, "datatype"], `${suffix} does not belong into ${datatype}, but into ${possible.join(" or ")}`);
};

/** The datatypes whose folders hold images of a suffix. */
export const datatypesOf = (suffix: string): readonly string[] => [
  ...new Set(
    nameRules
      .filter(({ raw, suffixes: named, extensions }) => raw && named.includes(suffix) && extensions.includes(".nii.gz"))
      .flatMap(({ datatypes }) => datatypes),
  ),
];

/** A capture that the pattern does not have would be unknown for every file. */
const checkCaptures = (rule: ImageRule, faults: Faults, path: YamlPath): void => {
  const asked = [
    ...(rule.where?.fields ?? []),
    ...[rule.subject, rule.session, rule.suffix, rule.datatype, ...Object.values(rule.entities)].flatMap(
      (one) => one?.fields ?? [],
    ),
    ...(typeof rule.run === "object" ? (rule.run?.fields ?? []) : []),
    ...(rule.join?.fields ?? []),
    ...(rule.choose?.by.fields ?? []),
  ];
  for (const field of new Set(asked)) {
    const [group, name = ""] = field.split(".");
    if (group === "capture" && !rule.source.pattern.names.includes(name))
      faults.add(
        path,
        `${field} is asked, and the pattern captures no {${name}}${nearestOf(name, rule.source.pattern.names)}`,
      );
  }
};

const ignoreRule = (rule: WrittenMapping["ignore"][number], path: YamlPath, faults: Faults): IgnoreRule => ({
  source: sourceOf(rule, path, faults),
  where: nothing(faults, [...path, "where"]).condition(rule.where),
  reason: rule.reason,
});

const tableOf = (name: string, table: WrittenMapping["tables"][string], faults: Faults): SourceTable => {
  const path = ["tables", name];
  const key = (field: "subject" | "session", written: WrittenKey): KeyOfRow => {
    if (typeof written === "string") return { column: written, as: null, digits: 0, prefix: "" };
    const as = written.as === undefined ? null : nothing(faults, [...path, field, "as"]).pattern(written.as);
    if (as !== null && !as.names.includes("value"))
      faults.add([...path, field, "as"], "needs the capture {value}: the part of the cell that is the label");
    return { column: written.column, as, digits: written.digits ?? 0, prefix: written.prefix ?? "" };
  };
  return {
    name,
    file: nothing(faults, [...path, "file"]).pattern(table.file),
    sheet: table.sheet ?? null,
    subject: key("subject", table.subject),
    session: table.session === undefined ? null : key("session", table.session),
    nearest: table.nearest ?? null,
    where: nothing(faults, [...path, "where"]).condition(table.where, rowFields),
    missing: new Set((table.missing ?? []).map(String)),
  };
};

const columnOf = (
  name: string,
  column: WrittenColumn,
  tables: readonly SourceTable[],
  faults: Faults,
  path: YamlPath,
): TargetColumn => {
  const { table, value, missing, ...rest } = column;
  const names = tables.map((one) => one.name);
  const only = names.length === 1 ? (names[0] ?? null) : null;
  if (table !== undefined && !names.includes(table))
    faults.add([...path, "table"], `there is no table ${table}${nearestOf(table, names)}`);
  if (column.column !== undefined && table === undefined && only === null)
    faults.add(
      path,
      names.length === 0 ? "there are no tables: write them as tables" : `write which table: ${names.join(", ")}`,
    );
  return {
    ...rest,
    name,
    table: column.column === undefined ? null : (table ?? only),
    value: value === undefined ? null : nothing(faults, [...path, "value"]).template(value),
    missing: new Set((missing ?? []).map(String)),
  };
};
