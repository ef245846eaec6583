import { faultOfPath } from "../check-path.ts";
import type { Scope } from "../dataset-scope.ts";
import { datasetTypeOf } from "../dataset-type.ts";
import type { JsonObject } from "../json.ts";
import { decodeText } from "../text.ts";
import { type Columns, readColumns } from "./columns.ts";

/** Bytes of a table or of b-values whose cells are looked at. */
const maxTableBytes = 16 * 2 ** 20;

/** Text of a file of the dataset, or null where it is not there, no UTF-8 or too large to be looked at. */
export const readText = (scope: Scope, path: string): string | null => {
  const content = scope.tree.read(scope.place.base + path, maxTableBytes);
  return content.ok ? decodeText(content.bytes) : null;
};

/** Columns of a table; none where it cannot be read. */
export const columnsOf = (scope: Scope, path: string): Columns => {
  const text = readText(scope, path);
  return text === null || text === "" || text.slice(0, text.indexOf("\n")).split("\t").length > maxColumns
    ? {}
    : readColumns(text);
};

const maxColumns = 10_000;

/**
 * `dataset` of the schema's language, for a file of the root and for one below it. What there is in all is known at the
 * end of a walk, when the root is judged; before, it would depend on the order of the walk, and it is unknown.
 */
export const datasetViews = (scope: Scope) => {
  const dataset_description = describedAs(scope.description ?? {});
  const subjects = {
    get sub_dirs() {
      return [...scope.subjects].map((label) => `sub-${label}`);
    },
  };
  return {
    below: { dataset_description, subjects, datatypes: [], modalities: [] },
    root: {
      dataset_description,
      subjects,
      get datatypes() {
        return [...scope.datatypes.keys()];
      },
      get modalities() {
        return [...new Set(scope.datatypes.values())];
      },
    },
  };
};

const describedAs = (description: JsonObject): JsonObject => ({
  ...description,
  DatasetType: description.DatasetType ?? datasetTypeOf(description),
});

/** `exists` of the schema's language: how many of some files are there. */
export const existsIn =
  (scope: Scope, path: string, subject: string | null) =>
  (list: unknown, where: unknown = "dataset"): number => {
    if (list === null || list === undefined) return 0;
    const all: readonly unknown[] = Array.isArray(list) ? list : [list];
    return all.filter((one) => typeof one === "string" && isThere(scope, path, subject, one, String(where))).length;
  };

const isThere = (scope: Scope, path: string, subject: string | null, one: string, where: string): boolean => {
  if (where === "bids-uri") {
    // What lies in other datasets is not ours to look for.
    return one.startsWith("bids:") && (!one.startsWith("bids::") || hasFile(scope, one.slice("bids::".length)));
  }
  if (one.startsWith("bids:")) return false;
  const base =
    { subject: `sub-${subject}/`, stimuli: "stimuli/", file: path.slice(0, path.lastIndexOf("/") + 1) }[where] ?? "";
  return hasFile(scope, base + one.replace(/^\.\//, ""));
};

const hasFile = (scope: Scope, path: string): boolean => {
  const [file = ""] = path.split("#");
  // Expressions of the schema write paths with a slash in front, as `path` is.
  const clean = file.replace(/^\//, "").replace(/\/$/, "");
  return faultOfPath(clean) === null && scope.tree.has(scope.place.base + clean);
};
