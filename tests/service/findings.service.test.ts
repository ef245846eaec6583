import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { findingsRoutes, type ReportedFinding } from "@rollerblade/client";
import { importDataset, uploadScan } from "@rollerblade/transfer";
import { afterAll, expect, test } from "vitest";
import { sendReport } from "../../libs/transfer/src/check/send-report.ts";
import { ingest } from "../../services/ingest/src/index.ts";
import { startServicesWorld } from "./services-world.ts";

const world = await startServicesWorld([ingest]);
const directory = world.copyOfColin("brains");
const admin = world.admin("ingest");
const eve = await world.addPerson("eve", "ingest");
afterAll(world.stop);

const dataset = "brains";
const finding = (file: string, severity: "error" | "warning" = "error"): ReportedFinding => ({
  ...{ severity, rule: "name-syntax", file, message: "is not a name of BIDS" },
  ...{ advice: "Rename it.", section: "https://bids-specification.readthedocs.io/" },
});

/** Imports the folder after a change, so that the import is one. */
const importChanged = async (title: string): Promise<string> => {
  writeFileSync(join(directory, "README"), title);
  return (await importDataset({ client: admin, directory, dataset })).status.id;
};
const report = (id: string, part: number, last: boolean, ...findings: ReportedFinding[]) =>
  admin.call(findingsRoutes.reportFindings, { params: { import: id, part }, body: { findings, last } });
const listed = async (query: { import?: string; severity?: "error" | "warning"; limit?: number } = {}) => {
  const page = await admin.call(findingsRoutes.listFindings, { params: { dataset }, query });
  return { ...page, files: page.items.map(({ file }) => file) };
};

let [first, second]: [string, string] = ["", ""];

test("a report counts with its last part, and is kept with its import", async () => {
  first = await importChanged("one");
  await report(first, 0, false, finding("a"), finding("w", "warning"));
  expect(await listed()).toMatchObject({ items: [], complete: false });
  await report(first, 1, true, finding("b"));
  const { items, ...rest } = await listed();
  expect(rest).toMatchObject({ files: ["a", "b", "w"], errors: 2, warnings: 1, complete: true });
  expect(items[0]).toMatchObject({ foundBy: first, fixedBy: null, mendedBy: null, advice: "Rename it." });
});

test("what an import fixed is gone, and the import before it still tells of it", async () => {
  second = await importChanged("two");
  expect(await listed()).toMatchObject({ complete: false });
  await report(second, 0, true, finding("b"), finding("c"));
  expect(await listed()).toMatchObject({ files: ["b", "c"], complete: true });
  expect((await listed({ import: first })).files).toEqual(["a", "b", "w"]);
  const history = await admin.call(findingsRoutes.listFindingHistory, { params: { dataset }, query: {} });
  expect(history.items).toMatchObject([
    { import: second, found: 1, fixed: 2, mended: 2 },
    { import: first, found: 3, fixed: 0, mended: 0 },
  ]);
});

test("the same report again changes nothing, and a late one of an older import is refused", async () => {
  await report(second, 0, true, finding("b"), finding("c"));
  expect((await listed()).files).toEqual(["b", "c"]);
  await expect(report(first, 0, true)).rejects.toThrow("newer import");
});

test("an import that changes nothing leaves the report as it is", async () => {
  await importDataset({ client: admin, directory, dataset });
  expect(await listed()).toMatchObject({ files: ["b", "c"], complete: true });
});

test("findings come in pages and by severity", async () => {
  const page = await listed({ limit: 1 });
  expect(page.files).toEqual(["b"]);
  const query = { limit: 1, after: page.next ?? "" };
  const next = await admin.call(findingsRoutes.listFindings, { params: { dataset }, query });
  expect([next.items.map(({ file }) => file), next.next]).toEqual([["c"], null]);
  expect((await listed({ severity: "warning" })).files).toEqual([]);
});

test("hostile names are kept as text", async () => {
  const third = await importChanged("three");
  const names = ["\0", "\ud800", "<script>", "x".repeat(4_096), "'; drop table ingest.findings; --"];
  await sendReport(
    admin,
    third,
    names.map((name) => ({ findings: [{ ...finding(name), rule: "name-syntax" }] })),
  );
  expect(new Set((await listed()).files)).toEqual(new Set(["\ufffd", ...names.slice(2)]));
});

test("who may not read the dataset learns nothing", async () => {
  await expect(eve.call(findingsRoutes.listFindings, { params: { dataset }, query: {} })).rejects.toThrow("no dataset");
  const none = eve.call(findingsRoutes.listFindings, { params: { dataset: "nothing" }, query: {} });
  await expect(none).rejects.toThrow("no dataset");
  await expect(
    eve.call(findingsRoutes.reportFindings, {
      params: { import: second, part: 0 },
      body: { findings: [], last: true },
    }),
  ).rejects.toThrow("no import");
});

/** Uploads files to a dataset of their own. */
const upload = (to: string, files: Readonly<Record<string, string>>) =>
  uploadScan({
    client: admin,
    dataset: to,
    files: Object.entries(files).map(([path, content], at) => {
      const location = join(world.scratch, `upload-${at}`);
      writeFileSync(location, content);
      return { location, path };
    }),
  });
const findingsOf = async (of: string) => {
  const { items, complete } = await admin.call(findingsRoutes.listFindings, { params: { dataset: of }, query: {} });
  return {
    complete,
    found: items.filter(({ severity }) => severity === "error").map(({ rule, file }) => `${rule} ${file}`),
  };
};

test("uploaded files are judged like those of an import, and a better upload fixes what was found", async () => {
  const bold = "sub-01/func/sub-01_task-rest_bold";
  await upload("uploaded", {
    "participants.tsv": "ID;Alter;Geschlecht\nsub-01;31;F\n",
    [`${bold}.nii.gz`]: "no image",
    [`${bold}.json`]: '{"TaskName": "rest"}',
  });
  const before = await findingsOf("uploaded");
  expect(before).toMatchObject({ complete: false });
  expect(before.found).toEqual(
    expect.arrayContaining([
      "missing-column participants.tsv",
      `bad-image ${bold}.nii.gz`,
      `missing-metadata ${bold}.nii.gz`,
    ]),
  );
  await upload("uploaded", { "participants.tsv": "participant_id\tage\nsub-01\t31\n" });
  expect((await findingsOf("uploaded")).found).toEqual(before.found.filter((one) => !one.endsWith("participants.tsv")));
});

test("a pointer of git-annex is not content, also of an upload", async () => {
  const path = "sub-01/anat/sub-01_T1w.nii.gz";
  const pointer = "/annex/objects/MD5E-s1--d41d8cd98f00b204e9800998ecf8427e.nii.gz\n";
  await expect(upload("pointers", { [path]: pointer })).rejects.toMatchObject({
    findings: [{ where: path, message: expect.stringContaining("is a pointer of git-annex") }],
  });
});
