import { text } from "node:stream/consumers";
import { datasetKey } from "@rollerblade/abids/bucket-layout";
import type { RequestedSlice } from "@rollerblade/analysis";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createShellAnalysis, type SchedulerWorld, sha256Of, startSchedulerWorld } from "./testing/scheduler-world.ts";

let world: SchedulerWorld;

/** Writes what a BIDS App writes: a description, a report, figures, a log that every subject has, and data. */
const prep = `
set -e
scan=$(cd $ROLLERBLADE_IN/bids && ls sub-*/anat/*_T1w.nii.gz)
sub=\${scan%%/*}
cd $ROLLERBLADE_OUT/derivatives
mkdir -p $sub/anat $sub/figures logs
echo '{"Name": "Prep", "License": "CC0", "GeneratedBy": [{"Name": "prep", "Version": "25.1.0"}]}' > dataset_description.json
echo "<h1>$sub</h1>" > $sub.html
echo "<svg/>" > $sub/figures/\${sub}_desc-about_T1w.svg
echo "cite, says $sub" > logs/CITATION.md
cat $ROLLERBLADE_IN/bids/$scan > $sub/anat/\${sub}_desc-preproc_T1w.nii.gz
echo '{"SkullStripped": false}' > $sub/anat/\${sub}_desc-preproc_T1w.json
`;

beforeAll(async () => {
  world = await startSchedulerWorld();
  await world.start({ cpus: 2 });
  await createShellAnalysis(world, {
    name: "prep",
    script: prep,
    outputs: `{derivatives: {tree: {must: ["sub-{subject}.html"], mustNot: ["**/crash*"]}}}`,
    manifest: "layout: bids\nresources: {cpu: 100m, memory: 64Mi, timeout: 20s}\nretry: {attempts: 1}",
  });
});
afterAll(() => world.stop());

const read = async (dataset: string, path: string): Promise<string> =>
  text(await world.objects.get(datasetKey(dataset, path)));

const root = "derivatives/prep-1.0.0";

/** Waits for the files of the folders as a whole, such as `.bidsignore`. */
const foldersWritten = (dataset: string) =>
  expect
    .poll(async () => world.sql`select from scheduler.folders where dataset = ${dataset} and changed > written`)
    .toHaveLength(0);

/** Runs `prep` over these subjects, and waits for the files of the folder as a whole. */
const runPrep = async (dataset: string, subjects: readonly string[]) => {
  const slices = await Promise.all(subjects.map((sub) => world.scan(dataset, sub, `${dataset} ${sub}`)));
  const tasks = await world.finished(await world.request("prep", slices), subjects.length);
  await foldersWritten(dataset);
  return { slices, tasks };
};

test("a tree becomes a derivative dataset: reports, figures and logs, what all subjects have once, what BIDS has no name for listed", async () => {
  const { slices, tasks } = await runPrep("trees", ["01", "02"]);
  expect(tasks.map(({ outcome }) => outcome)).toEqual(["ran", "ran"]);
  expect(await world.keys(`datasets/trees/${root}`)).toEqual(
    [
      ".bidsignore",
      ".rollerblade/provenance.jsonl",
      "dataset_description.json",
      "logs/CITATION.md",
      ...["01", "02"].flatMap((sub) => [
        `sub-${sub}.html`,
        `sub-${sub}/anat/sub-${sub}_desc-preproc_T1w.json`,
        `sub-${sub}/anat/sub-${sub}_desc-preproc_T1w.nii.gz`,
        `sub-${sub}/figures/sub-${sub}_desc-about_T1w.svg`,
      ]),
    ].sort(),
  );
  expect(await read("trees", `${root}/sub-02/anat/sub-02_desc-preproc_T1w.nii.gz`)).toBe("trees 02");
  expect(JSON.parse(await read("trees", `${root}/dataset_description.json`))).toMatchObject({
    DatasetType: "derivative",
    License: "CC0",
    GeneratedBy: [{ Name: "prep-1.0.0" }, { Name: "prep", Version: "25.1.0" }],
  });
  expect(await read("trees", `${root}/.bidsignore`)).toBe("/sub-*.html\n/sub-*/figures\n");
  const created = (await world.published("derivative.created")).flatMap(({ derivative }) =>
    derivative?.dataset === "trees" ? [derivative] : [],
  );
  expect(created).toHaveLength(9);
  expect(created.find(({ path }) => path.endsWith("sub-01_desc-preproc_T1w.nii.gz"))).toMatchObject({
    output: "derivatives",
    entities: { sub: "01", desc: "preproc" },
    datatype: "anat",
    suffix: "T1w",
    extension: ".nii.gz",
  });
  // The same again is in place, although each subject finds a file of the other one's.
  const again = await world.finished(await world.request("prep", slices, { sequence: 2 }), 2);
  expect(again.map(({ outcome }) => outcome)).toEqual(["in-place", "in-place"]);
});

test("exit 0 without what must be there is a failure, and nothing of the tree is published", async () => {
  await createShellAnalysis(world, {
    name: "half",
    script: "mkdir $ROLLERBLADE_OUT/derivatives/logs; echo x > $ROLLERBLADE_OUT/derivatives/logs/x.txt",
    outputs: `{derivatives: {tree: {must: ["sub-{subject}.html"]}}}`,
    manifest: "resources: {cpu: 100m, memory: 64Mi, timeout: 20s}\nretry: {attempts: 1}",
  });
  const run = await world.request("half", [await world.scan("half", "01", "half 01")]);
  expect(await world.finished(run, 1)).toMatchObject([
    { outcome: "failed", reason: expect.stringContaining("the tree derivatives has no sub-01.html") },
  ]);
  expect(await world.keys("datasets/half/derivatives")).toEqual([]);
});

test("a group step finds in the folder that it writes to what all participants have made, and adds to it only what is new", async () => {
  await runPrep("groups", ["01", "02"]);
  await createShellAnalysis(world, {
    name: "prep-group",
    script: "cd $ROLLERBLADE_OUT/derivatives && cat sub-*.html > group.html && test -f dataset_description.json",
    level: "dataset",
    inputs: `{parts: {analysis: prep, version: ^1, output: derivatives, many: true, into: derivatives}}`,
    outputs: `{derivatives: {tree: {must: [group.html]}}}`,
    manifest: "layout: bids\nresources: {cpu: 100m, memory: 64Mi, timeout: 20s}\nretry: {attempts: 1}",
  });
  const members = ["01", "02"].map((sub) => {
    const content = `<h1>sub-${sub}</h1>\n`;
    const path = `${root}/sub-${sub}.html`;
    const file = { dataset: "groups", path, extension: ".html", size: content.length, sha256: sha256Of(content) };
    return { ...file, companions: [], reads: {} };
  });
  const group: RequestedSlice = {
    slice: { level: "dataset", dataset: "groups", subject: null, session: null, scan: null },
    inputs: [{ name: "parts", many: true, members }],
    entities: {},
    datatype: null,
  };
  expect(await world.finished(await world.request("prep-group", [group]), 1)).toMatchObject([{ outcome: "ran" }]);
  expect(await read("groups", "derivatives/prep-group-1.0.0/group.html")).toBe("<h1>sub-01</h1>\n<h1>sub-02</h1>\n");
  const made = (await world.keys("datasets/groups/derivatives/prep-group-1.0.0")).filter(
    (key) => !/^\.|^dataset_/.test(key),
  );
  expect(made).toEqual(["group.html"]);
  await foldersWritten("groups");
});
