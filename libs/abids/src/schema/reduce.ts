/** One line of the schema's file rules, flattened: which names may stand in which folder. */
export type NameRule = {
  /** False where the rule holds in derivative datasets only. */
  readonly raw: boolean;
  /** Empty: any. */
  readonly datatypes: readonly string[];
  readonly suffixes: readonly string[];
  /** With their dot; `.*` is any. */
  readonly extensions: readonly string[];
  /** Extensions of folders that count as one file, without the closing slash (`.ds`, or empty). */
  readonly folders: readonly string[];
  /** Keys of entities as they stand in names. */
  readonly required: readonly string[];
  readonly optional: readonly string[];
  /** Entities with an own list of values: the key first, then the values. */
  readonly values: readonly (readonly string[])[];
};

/**
 * An entity: its long name, its key in file names and what its value may be (`values` empty: anything of the format).
 */
export type EntityRule = {
  readonly name: string;
  readonly key: string;
  readonly format: string;
  readonly values: readonly string[];
};

/** What decides BIDS names, and nothing else of the schema. */
export type NameSchema = {
  readonly schemaVersion: string;
  readonly bidsVersion: string;
  /** In the order in which they stand in names. */
  readonly entities: readonly EntityRule[];
  readonly datatypes: readonly string[];
  /** Folders at the root whose content BIDS does not name. */
  readonly opaque: readonly string[];
  /** Files at the root, as stem and extensions. */
  readonly rootFiles: readonly { readonly stem: string; readonly extensions: readonly string[] }[];
  readonly rules: readonly NameRule[];
};

type Leveled = string | { level: string; enum?: string[] };
type FileRule = {
  path?: string;
  stem?: string;
  suffixes?: string[];
  extensions?: string[];
  datatypes?: string[];
  entities?: Record<string, Leveled>;
};

/** The parts of `schema.json` that are read. */
export type FullSchema = {
  schema_version: string;
  bids_version: string;
  objects: {
    entities: Record<string, { name: string; format: string; enum?: string[] }>;
    datatypes: Record<string, { value: string }>;
  };
  rules: {
    entities: string[];
    directories: { raw: Record<string, { opaque?: boolean }> };
    files: Record<"common" | "raw" | "deriv", Record<string, Record<string, FileRule>>>;
  };
};

/** The schema without all that does not concern names. */
export const reduceSchema = (schema: FullSchema): NameSchema => {
  const entities = schema.rules.entities.map((name) => entityOf(schema, name));
  const keys = new Map(entities.map(({ name, key }) => [name, key]));
  const rulesOf = (group: "common" | "raw" | "deriv"): NameRule[] =>
    Object.values(schema.rules.files[group]).flatMap((rules) =>
      Object.values(rules)
        // An empty list is not a folder at all (other rules build upon such a one); without a list, it is any.
        .filter((rule) => rule.suffixes !== undefined && rule.datatypes?.length !== 0)
        .map((rule) => flatten(rule, group !== "deriv", keys)),
    );
  return {
    schemaVersion: schema.schema_version,
    bidsVersion: schema.bids_version,
    entities,
    datatypes: Object.values(schema.objects.datatypes).map(({ value }) => value),
    opaque: Object.entries(schema.rules.directories.raw).flatMap(([name, rule]) => (rule.opaque === true ? [name] : [])),
    rootFiles: Object.values(schema.rules.files.common).flatMap((rules) => Object.values(rules).flatMap(rootFile)),
    rules: [...rulesOf("common"), ...rulesOf("raw"), ...rulesOf("deriv")],
  };
};

const entityOf = (schema: FullSchema, name: string): EntityRule => {
  const entity = schema.objects.entities[name];
  if (entity === undefined) throw new Error(`The schema orders the entity ${name} but does not define it.`);
  return { name, key: entity.name, format: entity.format, values: entity.enum ?? [] };
};

const rootFile = (rule: FileRule): { stem: string; extensions: string[] }[] => {
  if (rule.stem !== undefined && rule.stem !== "*") return [{ stem: rule.stem, extensions: rule.extensions ?? [""] }];
  const dot = rule.path?.lastIndexOf(".") ?? -1;
  if (rule.path === undefined || (dot < 0 && rule.path !== "CHANGES")) return [];
  return dot < 0
    ? [{ stem: rule.path, extensions: [""] }]
    : [{ stem: rule.path.slice(0, dot), extensions: [rule.path.slice(dot)] }];
};

const flatten = (rule: FileRule, raw: boolean, keys: ReadonlyMap<string, string>): NameRule => {
  const entities = Object.entries(rule.entities ?? {}).map(([name, level]) => ({
    key: keys.get(name) ?? name,
    level: typeof level === "string" ? level : level.level,
    values: typeof level === "string" ? [] : (level.enum ?? []),
  }));
  const extensions = rule.extensions ?? [];
  return {
    raw,
    datatypes: rule.datatypes ?? [],
    suffixes: rule.suffixes ?? [],
    extensions: extensions.filter((extension) => !extension.endsWith("/")),
    folders: extensions.filter((extension) => extension.endsWith("/")).map((extension) => extension.slice(0, -1)),
    required: entities.filter(({ level }) => level === "required").map(({ key }) => key),
    optional: entities.filter(({ level }) => level !== "required").map(({ key }) => key),
    values: entities.filter(({ values }) => values.length > 0).map(({ key, values }) => [key, ...values]),
  };
};
