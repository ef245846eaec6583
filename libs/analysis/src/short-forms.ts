import { entityKeys } from "@rollerblade/abids";

/** Fields of a raw input; every other one that a person writes is a BIDS entity. */
const rawFields = new Set(["kind", "name", "suffix", "extension", "datatype", "entities", "many", "required"]);

/**
 * Rewrites a manifest as people write it into the form that the schema reads: inputs and outputs by name become lists,
 * each input gets its `kind`, and the BIDS entities of a raw input get an object of their own. What is not understood
 * is left for the schema to refuse. Example: `{inputs: {t1w: {suffix: T1w, run: "1"}}}` becomes `{inputs: [{kind: raw,
 * name: t1w, suffix: T1w, entities: {run: "1"}}]}`.
 */
export const writeOutShortForms = (value: unknown): unknown => {
  if (!isObject(value)) return value;
  return {
    ...value,
    ...("inputs" in value && { inputs: namedList(value.inputs, inputForm) }),
    ...("outputs" in value && { outputs: namedList(value.outputs, outputForm) }),
    ...("assets" in value && { assets: assetsForm(value.assets) }),
  };
};

type Fields = { readonly [field: string]: unknown };

const namedList = (value: unknown, form: (name: string, fields: Fields) => Fields): unknown => {
  if (!isObject(value)) return value;
  return Object.entries(value).map(([name, fields]) => (isObject(fields) ? form(name, fields) : { name, fields }));
};

const inputForm = (name: string, fields: Fields): Fields => {
  // An input is required anyway, so `required: true` leaves nothing behind.
  const { required, ...others } = fields;
  const own = withoutOurs(required === true ? others : fields, ["kind", "name", "entities"]);
  if ("ignored" in fields) return { ...own, kind: "ignored", name };
  const isDerivative = "analysis" in fields;
  // Of a raw input everything unknown is taken for an entity, and refused as one by its own check.
  const isEntity = (field: string): boolean =>
    isDerivative ? entityKeys.includes(field) : !rawFields.has(field.trim());
  const known = Object.entries(own).filter(([field]) => !isEntity(field));
  const entities = Object.entries(own).filter(([field]) => isEntity(field));
  const isAsked = !isDerivative || entities.length > 0;
  return {
    ...Object.fromEntries(known),
    kind: isDerivative ? "derivative" : "raw",
    name,
    ...(isAsked && { entities: Object.fromEntries(entities) }),
  };
};

const outputForm = (name: string, { name: template, ...fields }: Fields): Fields => ({
  ...withoutOurs(fields, ["template", "kind"]),
  name,
  // A tree has no name of its own; one that is written all the same is refused as a field that it does not have.
  ...("tree" in fields && template === undefined ? {} : { template }),
});

/** Fields of the written-out form that a person may not write: a space makes them unknown to the schema. */
const withoutOurs = (fields: Fields, ours: readonly string[]): Fields =>
  Object.fromEntries(
    Object.entries(fields).map(([field, value]) => [ours.includes(field) ? `${field} ` : field, value]),
  );

/** An asset is one version of it: `templates: templateflow@24.2.0` is short for its two fields. */
const assetsForm = (value: unknown): unknown => {
  if (!isObject(value)) return value;
  const fieldsOf = (text: string): Fields => {
    const at = text.lastIndexOf("@");
    return at < 0 ? { asset: text } : { asset: text.slice(0, at), version: text.slice(at + 1) };
  };
  const long = Object.entries(value).map(([name, use]) => [name, typeof use === "string" ? fieldsOf(use) : use]);
  return namedList(Object.fromEntries(long), (name, fields) => ({ ...withoutOurs(fields, ["name"]), name }));
};

const isObject = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);
