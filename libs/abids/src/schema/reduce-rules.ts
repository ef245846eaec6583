/**
 * How much BIDS wants a metadata field or a column: `required`, `recommended`, `optional`, `deprecated` or
 * `prohibited`.
 */
export type Level = string;

/** What a rule says against a file, by the code of the official validator; `level` is `error` or `warning`. */
export type Issue = { readonly code: string; readonly message: string; readonly level: string };

/** A metadata field that a rule speaks of; `raised`: its level where another field has some value. */
export type FieldRule = {
  /** Of its definition: one name may mean something else in another modality. */
  readonly key: string;
  readonly name: string;
  readonly level: Level;
  readonly issue?: Issue;
  readonly raised?: { readonly level: Level; readonly key: string; readonly value: string };
};

/** Columns of a table, by the key of their definition. */
export type ColumnsRule = {
  readonly columns: readonly { readonly key: string; readonly level: Level }[];
  readonly initial: readonly string[];
  readonly index: readonly string[];
  readonly additional: string;
};

/** One rule on what stands in files; it holds for a file for which all selectors are true. */
export type ContentRule = {
  /** Its path in the schema below `rules`: `checks.func.BoldNot4d`. */
  readonly path: string;
  readonly selectors: readonly string[];
  readonly checks?: readonly string[];
  readonly issue?: Issue;
  readonly fields?: readonly FieldRule[];
  readonly table?: ColumnsRule;
};

/** What JSON Schema says of a value, as far as BIDS uses it. */
export type ValueSchema = {
  readonly type?: string;
  readonly format?: string;
  readonly pattern?: string;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly ValueSchema[];
  readonly items?: ValueSchema;
  readonly properties?: Readonly<Record<string, ValueSchema>>;
  readonly additionalProperties?: boolean | ValueSchema;
  readonly required?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly unit?: string;
};

/**
 * A column: its name in tables, and what its values are. `definition`: as a data dictionary says it, which another may
 * replace.
 */
export type ColumnSchema = ValueSchema & {
  readonly name: string;
  readonly definition?: Readonly<Record<string, unknown>>;
};

/** An association of a data file with another: `meta.associations` of the schema. */
export type AssociationRule = {
  readonly key: string;
  readonly selectors: readonly string[];
  readonly suffix: string | null;
  readonly extensions: readonly string[];
  /** Entities that the other may have and the data file lacks. */
  readonly extra: readonly string[];
  readonly inherit: boolean;
};

/** What decides the content of files, and nothing else of the schema. */
export type ContentSchema = {
  readonly versions: readonly string[];
  /** Datatypes by modality. */
  readonly modalities: Readonly<Record<string, readonly string[]>>;
  readonly formats: Readonly<Record<string, string>>;
  readonly metadata: Readonly<Record<string, ValueSchema>>;
  readonly columns: Readonly<Record<string, ColumnSchema>>;
  readonly templates: readonly string[];
  readonly associations: readonly AssociationRule[];
  readonly rules: readonly ContentRule[];
};

type Tree = { readonly [key: string]: Tree | string | number | boolean | null | readonly unknown[] };

type RawRule = {
  selectors?: string[];
  checks?: string[];
  issue?: Issue;
  fields?: Record<string, string | { level: string; level_addendum?: string; issue?: { code: string; message: string } }>;
  columns?: Record<string, string | { level: string }>;
  initial_columns?: string[];
  index_columns?: string[];
  additional_columns?: string;
};

/** The parts of `schema.json` that are read. */
export type FullContentSchema = {
  meta: { versions: string[]; associations: Record<string, RawAssociation> };
  objects: {
    formats: Record<string, { pattern: string }>;
    metadata: Record<string, ValueSchema & { name: string }>;
    columns: Record<string, ColumnSchema>;
    enums: { _StandardTemplateCoordSys: { enum: string[] } };
  };
  rules: { modalities: Record<string, { datatypes: string[] }> } & Record<(typeof groups)[number], Tree>;
};

type RawAssociation = {
  selectors: string[];
  target: { suffix?: string; extension: string | string[]; entities?: string[] };
  inherit?: boolean;
};

const groups = ["checks", "sidecars", "json", "dataset_metadata", "tabular_data"] as const;

/** The schema without all that does not concern the content of files. */
export const reduceRules = ({ meta, objects, rules }: FullContentSchema): ContentSchema => ({
  versions: meta.versions,
  modalities: Object.fromEntries(Object.entries(rules.modalities).map(([name, { datatypes }]) => [name, datatypes])),
  formats: Object.fromEntries(Object.entries(objects.formats).map(([name, { pattern }]) => [name, pattern])),
  metadata: Object.fromEntries(Object.entries(objects.metadata).map(([key, field]) => [key, valueOf(field)])),
  columns: Object.fromEntries(Object.entries(objects.columns).map(([key, column]) => [key, columnOf(column)])),
  templates: objects.enums._StandardTemplateCoordSys.enum,
  associations: Object.entries(meta.associations).map(([key, association]) => associationOf(key, association)),
  rules: groups.flatMap((group) => [...rulesIn(group, rules[group], objects.metadata)]),
});

const associationOf = (key: string, { selectors, target, inherit = true }: RawAssociation): AssociationRule => ({
  key,
  selectors,
  suffix: target.suffix ?? null,
  extensions: typeof target.extension === "string" ? [target.extension] : target.extension,
  extra: target.entities ?? [],
  inherit,
});

function* rulesIn(path: string, tree: Tree, metadata: FullContentSchema["objects"]["metadata"]): Generator<ContentRule> {
  for (const [key, value] of Object.entries(tree)) {
    if (!isTree(value)) continue;
    if ("selectors" in value) yield ruleOf(`${path}.${key}`, value, metadata);
    else yield* rulesIn(`${path}.${key}`, value, metadata);
  }
}

const isTree = (value: unknown): value is Tree => typeof value === "object" && value !== null && !Array.isArray(value);

const ruleOf = (path: string, raw: RawRule, metadata: FullContentSchema["objects"]["metadata"]): ContentRule => ({
  path,
  selectors: raw.selectors ?? [],
  ...(raw.checks !== undefined && { checks: raw.checks }),
  ...(raw.issue !== undefined && { issue: issueOf(raw.issue) }),
  ...(raw.fields !== undefined && {
    fields: Object.entries(raw.fields).map(([key, field]) => fieldOf(key, metadata[key]?.name ?? key, field)),
  }),
  ...(raw.columns !== undefined && { table: tableOf(raw) }),
});

const issueOf = ({ code, message, level }: Issue): Issue => ({ code, message: message.trim().replaceAll(/\s+/g, " "), level });

const fieldOf = (key: string, name: string, raw: NonNullable<RawRule["fields"]>[string]): FieldRule => {
  const { level, level_addendum: addendum = "", issue } = typeof raw === "string" ? { level: raw } : raw;
  const [, to, other, value] = /(required|recommended) if `(\w+)` is `"?(\w+)"?`/.exec(addendum) ?? [];
  return {
    key,
    name,
    level,
    ...(issue !== undefined && { issue: issueOf({ ...issue, level: "warning" }) }),
    ...(to !== undefined && other !== undefined && value !== undefined && { raised: { level: to, key: other, value } }),
  };
};

const tableOf = (raw: RawRule): ColumnsRule => ({
  columns: Object.entries(raw.columns ?? {}).map(([key, column]) => ({
    key,
    level: typeof column === "string" ? column : column.level,
  })),
  initial: raw.initial_columns ?? [],
  index: raw.index_columns ?? [],
  additional: raw.additional_columns ?? "n/a",
});

const kept = new Set(
  "type format pattern enum anyOf items properties additionalProperties required minimum maximum exclusiveMinimum minItems maxItems unit".split(
    " ",
  ),
);

/** Without descriptions, which are most of it. */
const valueOf = (value: ValueSchema): ValueSchema => {
  const { anyOf, items, properties, additionalProperties, ...plain } = Object.fromEntries(
    Object.entries(value).filter(([key]) => kept.has(key)),
  ) satisfies ValueSchema;
  return {
    ...plain,
    ...(value.anyOf !== undefined && { anyOf: value.anyOf.map(valueOf) }),
    ...(value.items !== undefined && { items: valueOf(value.items) }),
    ...(value.properties !== undefined && {
      properties: Object.fromEntries(Object.entries(value.properties).map(([key, one]) => [key, valueOf(one)])),
    }),
    ...(value.additionalProperties !== undefined && {
      additionalProperties:
        typeof value.additionalProperties === "boolean"
          ? value.additionalProperties
          : valueOf(value.additionalProperties),
    }),
  };
};

const columnOf = (column: ColumnSchema): ColumnSchema => {
  const definition = column.definition;
  return {
    name: column.name,
    ...valueOf(column),
    ...(definition !== undefined && { definition: withoutTexts(definition) }),
  };
};

const withoutTexts = (definition: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(definition).filter(([key]) => key !== "Description" && key !== "LongName"));
