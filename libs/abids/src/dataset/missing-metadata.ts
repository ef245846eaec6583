import type { DatasetTree, TreeContent } from "../dataset-tree.ts";
import { canonicalJson, type JsonObject } from "../json.ts";
import { bidsVersion } from "../schema.ts";
import { indexDataset } from "./index-dataset.ts";

/**
 * Fields that BIDS requires in the sidecar of a file of a derivative dataset, as far as its name tells, and that the metadata do not have.
 * Example: `SkullStripped` of `sub-01/anat/sub-01_desc-brain_T1w.nii.gz`.
 * @param path of the file, relative to the derivative dataset
 */
export const missingMetadata = (path: string, metadata: JsonObject): string[] => {
  const dot = path.indexOf(".", path.lastIndexOf("/") + 1);
  const sidecar = `${path.slice(0, dot < 0 ? undefined : dot)}.json`;
  const description = {
    Name: "",
    BIDSVersion: bidsVersion.bids,
    DatasetType: "derivative",
    GeneratedBy: [{ Name: "" }],
  };
  const tree = treeOf({
    [path]: "",
    [sidecar]: canonicalJson(metadata),
    "dataset_description.json": canonicalJson(description),
  });
  const findings = [...indexDataset(tree, { tables: true })].flatMap((file) => file.findings);
  return findings.flatMap(({ rule, file, message }) =>
    rule === "missing-metadata" && file === path ? (/^is missing (\w+)$/.exec(message)?.[1] ?? []) : [],
  );
};

/** A dataset of a few files whose contents are known. */
const treeOf = (files: Readonly<Record<string, string>>): DatasetTree => {
  const paths = Object.keys(files);
  const contentOf = (path: string): TreeContent => {
    const text = files[path];
    return text === undefined
      ? { ok: false, rule: "unreadable", message: "is not there" }
      : { ok: true, bytes: Buffer.from(text) };
  };
  return {
    list: (folder) => {
      const prefix = folder === "" || folder.endsWith("/") ? folder : `${folder}/`;
      const below = paths.filter((path) => path.startsWith(prefix)).map((path) => path.slice(prefix.length).split("/"));
      const kinds = new Map(below.map(([name = "", ...rest]) => [name, rest.length > 0] as const));
      return [...kinds].map(([name, isFolder]) => ({ name, kind: isFolder ? "folder" : "file" }));
    },
    read: contentOf,
    head: (path) => {
      const content = contentOf(path);
      return content.ok ? { ...content, size: content.bytes.length, tail: content.bytes.subarray(-8) } : content;
    },
    has: (path) => paths.some((one) => one === path || one.startsWith(`${path}/`)),
  };
};
