import { type Ignore, readBidsIgnore } from "../bids-ignore.ts";
import { type DatasetFinding, finding } from "../dataset-finding.ts";
import type { Scope } from "../dataset-scope.ts";
import type { DatasetTree } from "../dataset-tree.ts";
import { datasetTypeOf } from "../dataset-type.ts";
import { faultOfDuplicateKey } from "../duplicate-keys.ts";
import { growInheritance } from "../inheritance.ts";
import type { JsonObject } from "../json.ts";
import { readJsonObject } from "../read-json.ts";
import { growAssociatedFiles } from "../schema-rules/associated-files.ts";
import { datasetViews } from "../schema-rules/dataset-view.ts";
import { decodeText, hasByteOrderMark } from "../text.ts";

/**
 * Opens the dataset in a folder: reads its description and `.bidsignore`. `base`: empty, or the folder with a closing
 * slash.
 */
export const openScope = (tree: DatasetTree, base: string, ignored: string): Scope => {
  const description = readJson(tree, base, "dataset_description.json").value;
  const type = datasetTypeOf(description);
  const scope = {
    tree,
    place: { base, isDerivative: type === "derivative" },
    context: {
      type,
      ignore: ignoreOf(tree, base, ignored),
      strict: true,
      has: (path: string): boolean => tree.has(base + path),
    },
    inheritance: growInheritance(),
    contents: new Map<string, JsonObject>(),
    used: new Set<string>(),
    subjects: new Set<string>(),
    description,
    files: growAssociatedFiles(),
    datatypes: new Map<string, string>(),
    reported: new Set<string>(),
    judged: new Map<string, Set<string>>(),
    views: { root: {}, below: {} },
  };
  return { ...scope, views: datasetViews(scope) };
};

/** Patterns of the dataset itself, and more that its caller adds. */
const ignoreOf = (tree: DatasetTree, base: string, more: string): Ignore => {
  const content = tree.read(`${base}.bidsignore`, maxIgnoreBytes);
  return readBidsIgnore(`${content.ok ? (decodeText(content.bytes) ?? "") : ""}\n${more}`);
};

const maxIgnoreBytes = 2 ** 20;

/** RFC 8259, 8.1: JSON does not begin with one; many readers, such as that of Python, stop there. */
const encodingFault = (file: string): DatasetFinding =>
  finding("json-encoding", file, "begins with a byte order mark, which JSON must not");

/** Bytes of JSON that are read of one file. */
const maxJsonBytes = 16 * 2 ** 20;

/** Reads a JSON object of a dataset; faults become findings of that file. */
export const readJson = (
  tree: DatasetTree,
  base: string,
  path: string,
): { readonly value: JsonObject | null; readonly findings: readonly DatasetFinding[] } => {
  const content = tree.read(base + path, maxJsonBytes);
  if (!content.ok) return { value: null, findings: [finding(content.rule, base + path, content.message)] };
  const { value, findings, duplicateKeys, lossyValues } = readJsonObject(base + path, content.bytes);
  const faults = [
    ...findings.map(({ where, message }) => finding("bad-json", where, message)),
    ...duplicateKeys.map((key) => finding("duplicate-key", base + path, faultOfDuplicateKey(key))),
    ...lossyValues.map((fault) => finding("lossy-value", base + path, fault)),
  ];
  return { value, findings: hasByteOrderMark(content.bytes) ? [...faults, encodingFault(base + path)] : faults };
};
