import names from "./schema/names.json" with { type: "json" };
import type { EntityRule, NameRule, NameSchema } from "./schema/reduce.ts";

const schema: NameSchema = names;

/** Versions of BIDS and of its schema that names are judged by. */
export const bidsVersion = { bids: schema.bidsVersion, schema: schema.schemaVersion } as const;

/** All entities in the order in which BIDS writes them. */
export const entityRules: readonly EntityRule[] = schema.entities;

/** Keys of all entities as they stand in file names (`sub`, `ses`, `run`), in the order in which BIDS writes them. */
export const entityKeys: readonly string[] = schema.entities.map(({ key }) => key);

const ruleByKey = new Map(schema.entities.map((rule) => [rule.key, rule]));
const orderByKey = new Map(entityKeys.map((key, index) => [key, index]));

/** The rule of an entity by its key, for example `sub`. */
export const entityRule = (key: string): EntityRule | undefined => ruleByKey.get(key);

/** The place of an entity in names; an unknown one comes last. */
export const entityOrder = (key: string): number => orderByKey.get(key) ?? entityKeys.length;

/** Names of the folders that hold the data of one kind: `anat`, `func` … */
export const datatypes: ReadonlySet<string> = new Set(schema.datatypes);

/** Folders at the root whose content BIDS does not name: `code`, `sourcedata` … */
export const opaqueFolders: ReadonlySet<string> = new Set(schema.opaque);

/** Names of the files at the root: `README.md`, `participants.tsv` … */
export const rootFiles: ReadonlySet<string> = new Set(
  schema.rootFiles.flatMap(({ stem, extensions }) => extensions.map((extension) => stem + extension)),
);

/** Every rule that decides names. */
export const nameRules: readonly NameRule[] = schema.rules;

const bySuffix = new Map<string, NameRule[]>();
for (const rule of schema.rules) {
  for (const suffix of rule.suffixes) {
    const rules = bySuffix.get(suffix) ?? [];
    rules.push(rule);
    bySuffix.set(suffix, rules);
  }
}

/** The rules that speak of a suffix. */
export const rulesOfSuffix = (suffix: string): readonly NameRule[] => bySuffix.get(suffix) ?? [];

/** Every suffix that BIDS knows. */
export const suffixes: readonly string[] = [...bySuffix.keys()];
