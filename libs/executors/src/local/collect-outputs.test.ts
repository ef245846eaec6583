import { createHash, randomUUID } from "node:crypto";
import { link, mkdir, mkdtemp, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseManifest } from "@rollerblade/analysis";
import { type ObjectStore, openObjectStore } from "@rollerblade/object-store";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type AttemptFolder, attemptFolder, makeAttemptFolder } from "./attempt-folder.ts";
import { collectOutputs } from "./collect-outputs.ts";

let folder: string;
let objects: ObjectStore;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "collect-outputs-"));
  objects = openObjectStore(`file://${folder}/objects`, { publicUrl: "http://localhost", secret: "secret" });
  await writeFile(join(folder, "secret.txt"), "not the attempt's");
  await mkdir(join(folder, "elsewhere"));
  await writeFile(join(folder, "elsewhere", "table.tsv"), "not the attempt's");
});
afterAll(() => rm(folder, { recursive: true }));

const manifest = parseManifest(`
name: table
version: 1.0.0
process: [sh, -c, "true"]
level: scan
inputs: {t1w: {suffix: T1w, extension: .nii.gz}}
outputs:
  table: {name: "{entities}_desc-one_T1w.tsv"}
  copy: {name: "{entities}_desc-two_T1w.tsv", required: false}
  mark: {name: "{entities}_desc-mark_done.json", required: false, content: any}
`);

/** What comes of outputs that `work` leaves. */
const outcomeOf = async (work: (folder: AttemptFolder) => Promise<void>) => {
  const made = attemptFolder(folder, randomUUID());
  makeAttemptFolder(made);
  await work(made);
  return collectOutputs(objects, { manifest, labels: {}, seeded: new Map() }, made, `staging/${made.attempt}/`);
};

test("files are taken, also one that is a second name of another file of the attempt", async () => {
  const collected = await outcomeOf(async ({ out, tmp }) => {
    await writeFile(join(tmp, "table"), "a\tb\n");
    await link(join(tmp, "table"), join(out, "table.tsv"));
    await link(join(tmp, "table"), join(out, "copy.tsv"));
  });
  expect(collected).toMatchObject({
    outputs: [
      { name: "table", size: 4 },
      { name: "copy", size: 4 },
    ],
  });
});

test("fields for the sidecar of an output are taken with it", async () => {
  const collected = await outcomeOf(async ({ out }) => {
    await writeFile(join(out, "table.tsv"), "a\tb\n");
    await writeFile(join(out, "table.json"), '{"SkullStripped": true, "Mine": 0.5}');
  });
  expect(collected).toEqual({
    outputs: [expect.objectContaining({ name: "table", metadata: { SkullStripped: true, Mine: 0.5 } })],
  });
});

test("a file whose content may be anything is taken as it is, also an empty one", async () => {
  const collected = await outcomeOf(async ({ out }) => {
    await writeFile(join(out, "table.tsv"), "a\tb\n");
    await writeFile(join(out, "mark.json"), "");
  });
  expect(collected).toMatchObject({ outputs: [{ name: "table" }, { name: "mark", size: 0 }] });
});

test.each<[string, (folder: AttemptFolder) => Promise<void>, string]>([
  [
    "a hard link to a file of somebody else",
    ({ out }) => link(join(folder, "secret.txt"), join(out, "table.tsv")),
    'the output "table.tsv" is a hard link to a file outside',
  ],
  [
    "a symbolic link",
    ({ out }) => symlink(join(folder, "secret.txt"), join(out, "table.tsv")),
    'the output "table.tsv" is a symbolic link',
  ],
  [
    "the folder replaced by a link",
    async ({ out }) => {
      await rename(out, `${out}.old`);
      await symlink(join(folder, "elsewhere"), out);
    },
    "ROLLERBLADE_OUT is not there any more, or was replaced by a link",
  ],
  [
    "the folder replaced by a file",
    async ({ out }) => {
      await rm(out, { recursive: true });
      await writeFile(out, "x");
    },
    "ROLLERBLADE_OUT is not there any more",
  ],
  ["an empty file", ({ out }) => writeFile(join(out, "table.tsv"), ""), "the output table.tsv is empty (0 bytes)"],
  [
    "a table that ends in the middle of a row",
    ({ out }) => writeFile(join(out, "table.tsv"), "a\tb\n1"),
    "the output table.tsv is not a table: line 2 has 1 cells, the first one 2 (`content: any` in the manifest",
  ],
  [
    "a sidecar that replaces a fact of the execution",
    async ({ out }) => {
      await writeFile(join(out, "table.tsv"), "a");
      await writeFile(join(out, "table.json"), '{"Sources": []}');
    },
    "the output table.json holds Sources, which Rollerblade writes itself",
  ],
  [
    "a sidecar of an output that is not there",
    async ({ out }) => {
      await writeFile(join(out, "table.tsv"), "a");
      await writeFile(join(out, "copy.json"), "{}");
    },
    "the fields in copy.json are of copy.tsv, which is missing",
  ],
  ["no folder", ({ out }) => rm(out, { recursive: true }), "ROLLERBLADE_OUT is not there any more"],
])("%s is refused", async (_what, work, fault) => {
  expect(await outcomeOf(work)).toEqual({ fault: expect.stringContaining(fault) });
});

const prep = parseManifest(`
name: prep
version: 1.0.0
image: prep
level: subject
layout: bids
inputs: {t1w: {suffix: T1w, extension: .nii.gz, many: true}}
outputs: {derivatives: {tree: {must: ["sub-{subject}/anat/*_T1w.json"], mustNot: ["**/crash-*"]}}}
`);

/** What comes of a tree that `work` leaves. */
const treeOf = async (work: (tree: string) => Promise<void>, seeded: Readonly<Record<string, string>> = {}) => {
  const made = attemptFolder(folder, randomUUID());
  makeAttemptFolder(made, ["derivatives"]);
  const tree = join(made.out, "derivatives");
  await mkdir(join(tree, "sub-01", "anat"), { recursive: true });
  for (const [path, text] of Object.entries(seeded)) await writeFile(join(tree, path), text);
  await work(tree);
  const hashes = Object.entries(seeded).map(
    ([path, text]) => [`derivatives/${path}`, `sha256:${createHash("sha256").update(text).digest("hex")}`] as const,
  );
  const expected = { manifest: prep, labels: { sub: "01" }, seeded: new Map(hashes) };
  return collectOutputs(objects, expected, made, `staging/${made.attempt}/`);
};

const whole = (tree: string): Promise<void> => writeFile(join(tree, "sub-01/anat/sub-01_T1w.json"), "{}");

test("a tree is taken whole, empty folders apart, with links to its own files as copies", async () => {
  const collected = await treeOf(async (tree) => {
    await whole(tree);
    await mkdir(join(tree, "empty"));
    await mkdir(join(tree, "logs"));
    await writeFile(join(tree, "logs", "nothing.txt"), "");
    await symlink("sub-01_T1w.json", join(tree, "sub-01/anat/sub-01_desc-link_T1w.json"));
    await writeFile(join(tree, "dataset_description.json"), '{"License": "CC0"}');
  });
  expect(collected).toMatchObject({
    outputs: [
      { name: "derivatives/dataset_description.json", metadata: { License: "CC0" } },
      { name: "derivatives/logs/nothing.txt", size: 0 },
      { name: "derivatives/sub-01/anat/sub-01_T1w.json", size: 2 },
      { name: "derivatives/sub-01/anat/sub-01_desc-link_T1w.json", size: 2 },
    ],
  });
});

test.each<[string, (tree: string) => Promise<void>, RegExp]>([
  ["nothing of what must be there", async () => {}, /the tree derivatives has no sub-01\/anat\/\*_T1w\.json/],
  [
    "what must be there, empty",
    async (tree) => writeFile(join(tree, "sub-01/anat/sub-01_T1w.json"), ""),
    /sub-01_T1w\.json is empty/,
  ],
  [
    "what must not be there",
    async (tree) => {
      await whole(tree);
      await writeFile(join(tree, "crash-1.txt"), "x");
    },
    /crash-1\.txt/,
  ],
  [
    "a link to a file of somebody else",
    async (tree) => {
      await whole(tree);
      await symlink(join(folder, "secret.txt"), join(tree, "mine.txt"));
    },
    /"derivatives\/mine\.txt" is a symbolic link out of its tree/,
  ],
  [
    "a link to a folder of somebody else",
    async (tree) => {
      await whole(tree);
      await symlink(join(folder, "elsewhere"), join(tree, "mine"));
    },
    /"derivatives\/mine" is a symbolic link out of its tree/,
  ],
  [
    "a second name of a file of somebody else",
    async (tree) => {
      await whole(tree);
      await link(join(folder, "secret.txt"), join(tree, "mine.txt"));
    },
    /hard link/,
  ],
])("a tree is refused with %s", async (_, work, fault) => {
  expect(await treeOf(work)).toEqual({ fault: expect.stringMatching(fault) });
});

test("what lay in a tree beforehand is an output only where the program changed it", async () => {
  const collected = await treeOf(
    async (tree) => {
      await whole(tree);
      await writeFile(join(tree, "sub-02.html"), "new");
    },
    { "sub-01.html": "old", "sub-02.html": "old" },
  );
  const names = "outputs" in collected ? collected.outputs.map(({ name }) => name) : [];
  expect(names).toEqual(["derivatives/sub-01/anat/sub-01_T1w.json", "derivatives/sub-02.html"]);
});
