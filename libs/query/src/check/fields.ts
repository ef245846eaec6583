import { entityRules } from "@rollerblade/abids";
import { scanTexts } from "@rollerblade/abids/facts";

/**
 * What a field or a part of an expression yields; `dynamic` is known only when a value is looked at. An `index` (BIDS,
 * "Entities") is a whole number that may be written with zeros before it: beside a number it is that number, so that 1
 * finds `run-1` and `run-01`; beside a text it is what is written, so that "01" finds `run-01` only.
 */
export type ValueType = "boolean" | "number" | "text" | "index" | "dynamic";

/**
 * What can be asked. `known` are fields by their full name; below an `open` group every name is allowed and dynamic,
 * because tables and sidecars bring their own columns.
 */
export type Fields = {
  readonly known: Readonly<Record<string, ValueType>>;
  readonly open: readonly string[];
  /** Whether `has.derivative(…)` can be asked. @default false */
  readonly derivatives?: boolean;
  /** Whether `result(…)` can be asked. @default false */
  readonly results?: boolean;
  /** Whether any column of a table may be asked below `scan`, because whoever answers knows which there are. @default false */
  readonly columns?: boolean;
};

const textFields = Object.fromEntries(scanTexts.map((name) => [`scan.${name}`, "text" as const]));

const entityFields = Object.fromEntries(
  entityRules.map(({ key, format }) => [`scan.entities.${key}`, format === "index" ? "index" : "text"] as const),
);

/** Fields of an image's header: `image.voxelSize[0] < 1.5`. Lengths are in mm, times in s. */
export const imageFields: Readonly<Record<string, ValueType>> = {
  "image.dims": "dynamic",
  "image.voxelSize": "dynamic",
  "image.volumes": "number",
  "image.repetitionTime": "number",
  "image.datatype": "text",
  "image.orientation": "text",
};

/** The fields that every scan has, whatever its dataset brings along. */
export const standardFields: Fields = {
  known: {
    "dataset.name": "text",
    "subject.label": "text",
    "subject.age": "number",
    "session.label": "text",
    "session.age": "number",
    ...textFields,
    ...entityFields,
    "file.path": "text",
    "file.extension": "text",
    "file.size": "number",
    "file.sha256": "text",
    ...imageFields,
    "dwi.bvalues": "dynamic",
  },
  open: ["subject", "session", "scan", "metadata", "events"],
};

/** Lists of what the session, the subject and the dataset of a scan hold beside it. */
const besides = Object.fromEntries(
  ["session", "subject", "dataset"].flatMap((group) => [
    [`${group}.suffixes`, "dynamic" as const],
    [`${group}.datatypes`, "dynamic" as const],
  ]),
);

/** Lists of what a level holds, mostly to be counted: `subject.sessions.size() >= 2`. */
const members = {
  "session.scans": "dynamic",
  "subject.scans": "dynamic",
  "subject.sessions": "dynamic",
  "dataset.subjects": "dynamic",
} as const;

/** Lists, and what makes one value of each that can be compared. */
export const listFields: Readonly<Record<string, string>> = {
  ...Object.fromEntries(Object.keys({ ...besides, ...members }).map((name) => [name, ".size()"] as const)),
  ...{ "dwi.bvalues": ".max()", "image.dims": "[0]", "image.voxelSize": "[0]" },
};

/** The fields that the catalog answers: also those of what lies beside a scan, which its own facts do not include. */
export const queryFields: Fields = {
  known: { ...standardFields.known, "file.role": "text", ...besides, ...members },
  open: standardFields.open,
  derivatives: true,
  results: true,
  columns: true,
};
