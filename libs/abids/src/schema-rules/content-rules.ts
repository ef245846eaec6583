import type { ColumnSchema, ContentRule, ContentSchema, ValueSchema } from "../schema/reduce-rules.ts";
import content from "../schema/rules.json" with { type: "json" };

const schema: ContentSchema = content;

/** Every rule on what stands in files, in the order of the schema. */
export const contentRules: readonly ContentRule[] = schema.rules;

/** What a metadata field may be, by the key of its definition. */
export const metadataFields: ReadonlyMap<string, ValueSchema> = new Map(Object.entries(schema.metadata));

/** What the values of a column are, by the key of its definition. */
export const columnSchemas: ReadonlyMap<string, ColumnSchema> = new Map(Object.entries(schema.columns));

/** Patterns of formats (`bids_uri`, `datetime` …), without anchors. */
export const formats: ReadonlyMap<string, string> = new Map(Object.entries(schema.formats));

/** Other files that a data file is judged with. */
export const associationRules = schema.associations;

/** `mri`, `eeg` … of a datatype, or null. */
export const modalityOf = (datatype: string | null): string | null =>
  datatype === null ? null : (modalities.get(datatype) ?? null);

const modalities: ReadonlyMap<string, string> = new Map(
  Object.entries(schema.modalities).flatMap(([modality, datatypes]) => datatypes.map((one) => [one, modality])),
);

/** What expressions may ask of the schema itself. */
export const schemaContext = {
  meta: { versions: schema.versions },
  objects: { enums: { _StandardTemplateCoordSys: { enum: schema.templates } } },
} as const;
