import { randomUUID } from "node:crypto";
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
  return collectOutputs(objects, manifest, made, `staging/${made.attempt}/`);
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
