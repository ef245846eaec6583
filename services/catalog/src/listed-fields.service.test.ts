import { catalogRoutes } from "@rollerblade/client";
import { fieldName } from "@rollerblade/query";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type CatalogWorld, startCatalogWorld } from "./testing/catalog-world.ts";

let world: CatalogWorld;
const quickly = { timeout: 15_000, interval: 50 };

beforeAll(async () => {
  world = await startCatalogWorld();
  for (const dataset of ["columns"]) await world.grant("ada", dataset, "owner");
});
afterAll(() => world.stop());

const upload = async (dataset: string, path: string) => {
  const files = [await world.put(dataset, path, `image ${path}`)];
  await world.publish("scan.uploaded", { dataset, path, files, uploader: "ada" });
};

const metadata = async (dataset: string, files: Readonly<Record<string, string>>, removed: string[] = []) => {
  const announced = await Promise.all(
    Object.entries(files).map(([path, content]) => world.put(dataset, path, content, "metadata")),
  );
  await world.publish("metadata.uploaded", { dataset, files: announced, uploader: "ada", removed });
};

const found = async (dataset: string, expression: string) => {
  const { items } = await world
    .as("ada")
    .call(catalogRoutes.runQuery, { body: { expression, level: "scan", datasets: [dataset] } });
  return items.map(({ slice }) => slice.scan?.split("/").at(-1));
};

const fields = async (dataset: string) =>
  (await world.as("ada").call(catalogRoutes.listFields, { query: { dataset } })).items;

/** The fields of a dataset, once they are counted anew: that takes its time, so that much used datasets are not counted all the time. */
const countedFields = async (dataset: string) => {
  await world.sql`update catalog.field_counts set counted_at = null where dataset = ${dataset}`;
  await expect
    .poll(async () => {
      const [row] = await world.sql<{ done: boolean }[]>`
        select counted_at is not null as done from catalog.field_counts where dataset = ${dataset}`;
      return row?.done;
    }, quickly)
    .toBe(true);
  return fields(dataset);
};

test("what fields lists is found by a query with these values, whatever columns are called", async () => {
  const path = "sub-A01/ses-v1/anat/sub-A01_ses-v1_T1w.nii.gz";
  await upload("columns", path);
  await upload("columns", "sub-A01/ses-v1/func/sub-A01_ses-v1_task-rest_run-02_bold.nii.gz");
  const odd = ['quo"te', "back\\slash", ..."in|null|a b|constructor|1st|ümlaut|a.b|x[0]|-|日本|{x}".split("|")];
  const wide = Array.from({ length: 400 }, (_, index) => `q${index}`);
  await metadata("columns", {
    "participants.tsv": `${["participant_id", "session", "label", "subject", ...odd, ...wide].join("\t")}\nsub-A01\tbaseline\tgrp1\tZ9\t${odd.map((_, index) => `v${index}`).join("\t")}\t${wide.map(() => "a text that is longer than those of all other columns ".repeat(4)).join("\t")}\n`,
    "sub-A01/sub-A01_sessions.tsv": "session_id\tsession\tlabel\tsuffixes\nses-v1\tone\tq\tzz\n",
    "sub-A01/ses-v1/sub-A01_ses-v1_scans.tsv":
      "filename\trun\tsession\tlabel\tsuffixes\tentities\nanat/sub-A01_ses-v1_T1w.nii.gz\t7\tfirst\tx\ty\tz\n",
    "T1w.json": '{"EchoTime": 0.003, "Serial": 12345678901234567890, "Multi\\nline": "a\\tb", "ImageType": ["A"]}',
  });
  await expect.poll(async () => (await fields("columns")).some(({ name }) => name === "scan.run"), quickly).toBe(true);
  const listed = (await countedFields("columns")).filter(({ count }) => count !== null && count > 0);
  const names = listed.map(({ name }) => name);
  expect(names).toEqual(
    expect.arrayContaining(["scan.run", "scan.label", "scan.suffixes", "subject.session", "subject.subject"]),
  );
  expect(names).toEqual(expect.arrayContaining(odd.map((column) => fieldName("subject", [column]))));
  expect(names.filter((name) => ["subject.label", "scan.entities"].includes(name))).toEqual([]);
  const rare = listed.filter(({ name }) => !/^subject\.q\d+$/.test(name) || name.endsWith("0"));
  expect(rare.length).toBeGreaterThan(30);
  for (const { name, examples, low, types } of rare) {
    expect(await found("columns", `has(${name})`), name).not.toEqual([]);
    const [example] = examples;
    if (types.includes("text") && example !== undefined)
      expect(await found("columns", `${name} == ${JSON.stringify(example.value)}`), name).not.toEqual([]);
    if (types.includes("number") && low !== null)
      expect(await found("columns", `${name} <= ${low}`), name).not.toEqual([]);
  }
  expect(await found("columns", 'metadata.Serial == "12345678901234567890"')).toHaveLength(1);
});
