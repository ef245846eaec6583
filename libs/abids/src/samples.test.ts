import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { describe, expect, test } from "vitest";
import { readParticipants, readSessions } from "./attributes.ts";
import { readBidsIgnore } from "./bids-ignore.ts";
import { type BidsName, writeName } from "./bids-name.ts";
import { type Classified, classify } from "./classify.ts";
import { groupScans } from "./group-scans.ts";
import { indexInheritance } from "./inheritance.ts";
import { type Json, mergeMetadata } from "./json.ts";
import { readJsonObject } from "./read-json.ts";
import { entityRules } from "./schema.ts";

// Public example datasets: data files are empty, names and metadata are real.
const shared = join(import.meta.dirname, "../../../../shared/samples");
const examples = process.env.BIDS_EXAMPLES ?? join(shared, "bids-examples");
const expected = join(examples, "../pybids-expected");
const datasets = existsSync(examples) ? readdirSync(examples) : [];

test.skipIf(datasets.length === 0 && process.env.CI !== "true")(
  "example datasets are there (else clone bids-standard/bids-examples and set BIDS_EXAMPLES)",
  () => expect(datasets).not.toEqual([]),
);

type Dataset = { readonly read: (path: string) => string; readonly files: readonly Classified[] };

const open = (name: string): Dataset => {
  const root = join(examples, name);
  const read = (path: string): string => readFileSync(join(root, path), "utf8");
  const entries = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => !entry.isDirectory());
  const paths = entries.map((entry) => relative(root, join(entry.parentPath, entry.name))).sort();
  const description = readJsonObject("dataset_description.json", read("dataset_description.json")).value;
  const type = description?.DatasetType === "derivative" ? "derivative" : "raw";
  const ignore = readBidsIgnore(paths.includes(".bidsignore") ? read(".bidsignore") : "");
  return { read, files: paths.map((path) => classify(path, { type, ignore })) };
};

describe.each(datasets)("%s", (dataset) => {
  const { files, read } = open(dataset);
  const named = files.flatMap((file) => ("name" in file && file.name !== null ? [file.name] : []));

  test("every file is BIDS", () => {
    expect(files.filter((file) => file.class === "invalid")).toEqual([]);
  });

  test("every scan is found with its files, and no file is lost", () => {
    const { scans, shared } = groupScans(files);
    const sorted = [...scans.flatMap((scan) => scan.files), ...shared].map(({ path }) => path);
    const wanted = files.flatMap((file) => {
      if (file.class === "data") return [file.inside === null ? file.path : `${file.path}/${file.inside}`];
      return file.class === "companion" || file.class === "metadata" ? [file.path] : [];
    });
    expect(sorted.sort()).toEqual(wanted.sort());
    for (const scan of scans) expect(new Set(scan.files.map(({ role }) => role)).size).toBe(scan.files.length);
  });

  test("every name is written as it was read", () => {
    for (const name of named) expect(writeName(name)).toBe(name.path);
  });

  test("tables of subjects and sessions are read", () => {
    for (const file of files) {
      if (file.class !== "metadata" || !file.path.endsWith(".tsv")) continue;
      if (file.kind === "participants")
        expect(readParticipants(file.path, read(file.path)).byLabel.size).toBeGreaterThan(0);
      if (file.kind === "sessions") expect(readSessions(file.path, read(file.path)).byLabel.size).toBeGreaterThan(0);
    }
  });

  const reference = join(expected, `${dataset}.json`);
  test.skipIf(!existsSync(reference) && process.env.CI !== "true")("PyBIDS sees the same entities and metadata", () => {
    const { files: theirs }: { files: Record<string, Theirs> } = JSON.parse(readFileSync(reference, "utf8"));
    const index = indexInheritance(named);
    for (const name of named) {
      const their = theirs[name.path];
      if (their === undefined) continue;
      expect({ path: name.path, ...longNames(name) }).toMatchObject({ path: name.path, ...comparable(their.entities) });
      if (their.metadata !== undefined && isData.has(name.path))
        expect([name.path, metadataOf(name)]).toEqual([name.path, their.metadata]);
    }

    function metadataOf(name: BidsName): Json {
      return mergeMetadata(index.of(name).sidecars.map((path) => readJsonObject(path, read(path)).value ?? {}));
    }
  });
  const isData = new Set(files.flatMap((file) => (file.class === "data" ? [file.name.path] : [])));
});

type Theirs = { readonly entities: Record<string, Json>; readonly metadata?: Json };

const keys = new Map(entityRules.map(({ key, name }) => [key, name]));

/** As PyBIDS writes them: long names, indices as numbers. */
const longNames = (name: BidsName): Record<string, Json> => {
  const entities = Object.entries(name.entities).map(([key, value]): [string, Json] => {
    const isIndex = entityRules.find((rule) => rule.key === key)?.format === "index";
    return [keys.get(key) ?? key, isIndex ? Number(value) : value];
  });
  return { ...Object.fromEntries(entities), suffix: name.suffix, extension: name.extension, datatype: name.datatype };
};

/** Without what PyBIDS derives by rules of its own (`fmap`, `scans`). */
const comparable = (entities: Record<string, Json>): Record<string, Json> =>
  Object.fromEntries(
    Object.entries(entities).filter(([key]) => [...keys.values(), "suffix", "extension", "datatype"].includes(key)),
  );
