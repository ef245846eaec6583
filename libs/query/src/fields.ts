import { entityKeys } from "@rollerblade/abids";

/** What a field or a part of an expression yields; `dynamic` is known only when a value is looked at. */
export type ValueType = "boolean" | "number" | "text" | "dynamic";

/**
 * What can be asked. `known` are fields by their full name; below an `open` group every name is allowed and dynamic,
 * because tables and sidecars bring their own columns.
 */
export type Fields = {
  readonly known: Readonly<Record<string, ValueType>>;
  readonly open: readonly string[];
};

const entityFields = Object.fromEntries(entityKeys.map((key) => [`scan.entities.${key}`, "text" as const]));

/** The fields that every scan has, whatever its dataset brings along. */
export const standardFields: Fields = {
  known: {
    "dataset.name": "text",
    "subject.label": "text",
    "subject.age": "number",
    "session.label": "text",
    "session.age": "number",
    "scan.path": "text",
    "scan.datatype": "text",
    "scan.suffix": "text",
    "scan.extension": "text",
    ...entityFields,
    "file.path": "text",
    "file.extension": "text",
    "file.size": "number",
    "file.sha256": "text",
  },
  open: ["subject", "session", "metadata"],
};
