import { catalogRoutes } from "@rollerblade/client";
import { fieldName } from "@rollerblade/query";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type CatalogWorld, startCatalogWorld } from "./testing/catalog-world.ts";

let world: CatalogWorld;
const quickly = { timeout: 15_000, interval: 50 };

beforeAll(async () => {
  world = await startCatalogWorld();
  for (const dataset of ["babies", "runs", "columns", "visits", "diffusion", "longitudinal", "tasks"])
    await world.grant("ada", dataset, "owner");
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

test("ages are years by their data dictionary, in every table, whichever comes first", async () => {
  const [first, second] = ["m06", "m18"].map((ses) => `sub-01/ses-${ses}/anat/sub-01_ses-${ses}_T2w.nii.gz`);
  await upload("babies", first ?? "");
  await upload("babies", second ?? "");
  await metadata("babies", {
    "participants.tsv": "participant_id\tage\nsub-01\t6\n",
    "sub-01/sub-01_sessions.tsv": "session_id\tage\nses-m06\t6\nses-m18\t18\n",
    "sub-01/ses-m18/sub-01_ses-m18_scans.tsv": "filename\tage\nanat/sub-01_ses-m18_T2w.nii.gz\t548\n",
    "phenotype/bayley.tsv": "participant_id\tage\tscore\nsub-01\t12\t7\n",
  });
  await expect.poll(() => found("babies", "session.age >= 18"), quickly).toHaveLength(1);
  await metadata("babies", {
    "participants.json": JSON.stringify({ age: { Description: "Age at the first scan", Units: "months" } }),
    "sessions.json": JSON.stringify({ age: { Units: "months" } }),
    "scans.json": JSON.stringify({ age: { Units: "days" } }),
    "phenotype/bayley.json": JSON.stringify({ age: { Units: "weeks" } }),
  });
  await expect.poll(() => found("babies", "session.age >= 18"), quickly).toEqual([]);
  expect(await found("babies", "session.age == 1.5 && session.age_as_written == 18")).toHaveLength(1);
  expect(await found("babies", "subject.age == 0.5")).toHaveLength(2);
  await expect.poll(() => found("babies", "scan.age > 1.5 && scan.age < 1.51"), quickly).toHaveLength(1);
  expect(await found("babies", "subject.phenotype.bayley.age < 0.25")).toHaveLength(2);
  const ages = (await countedFields("babies")).find(({ name }) => name === "session.age");
  expect(ages).toMatchObject({ low: 0.5, high: 1.5 });

  await metadata("babies", { "sub-01/sub-01_sessions.json": JSON.stringify({ age: { Units: "weeks PMA" } }) });
  await expect.poll(() => found("babies", "session.age == null"), quickly).toHaveLength(2);
  await metadata("babies", {}, ["sub-01/sub-01_sessions.json", "sessions.json"]);
  await expect.poll(() => found("babies", "session.age == 18.0"), quickly).toHaveLength(1);
});

test("a row a session of participants.tsv is of that session alone, until the table is another one", async () => {
  for (const ses of ["a", "b"]) await upload("longitudinal", `sub-01/ses-${ses}/anat/sub-01_ses-${ses}_T1w.nii.gz`);
  const table = (rows: string) =>
    metadata("longitudinal", { "participants.tsv": `participant_id\tsession_id\tage\tsex\n${rows}` });
  await table("sub-01\tses-a\t20\tF\nsub-01\tses-b\t22\tF\n");
  await expect.poll(() => found("longitudinal", "session.age == 22"), quickly).toEqual(["sub-01_ses-b_T1w.nii.gz"]);
  expect(await found("longitudinal", "session.age == 20")).toEqual(["sub-01_ses-a_T1w.nii.gz"]);
  expect(await found("longitudinal", 'subject.sex == "F" && subject.age == null')).toHaveLength(2);
  await metadata("longitudinal", { "participants.json": JSON.stringify({ age: { Units: "months" } }) });
  await expect.poll(() => found("longitudinal", "session.age < 2"), quickly).toHaveLength(2);
  await metadata("longitudinal", { "sub-01/sub-01_sessions.tsv": "session_id\tage\nses-a\t5\nses-b\tn/a\n" });
  await expect.poll(() => found("longitudinal", "session.age == 5"), quickly).toHaveLength(1);
  expect(await found("longitudinal", "session.age < 2")).toEqual(["sub-01_ses-b_T1w.nii.gz"]);
  await metadata("longitudinal", { "participants.tsv": "participant_id\tage\nsub-01\t24\n" });
  await expect.poll(() => found("longitudinal", "session.age == 2"), quickly).toEqual(["sub-01_ses-b_T1w.nii.gz"]);
});

test("a run is a number, and what is written is still found as written", async () => {
  for (const run of ["1", "01", "2", "010"])
    await upload("runs", `sub-01/func/sub-01_task-rest_run-${run}_bold.nii.gz`);
  await expect.poll(() => found("runs", "true"), quickly).toHaveLength(4);
  expect(await found("runs", "scan.entities.run == 1")).toHaveLength(2);
  expect(await found("runs", "scan.entities.run < 2")).toHaveLength(2);
  expect(await found("runs", "scan.entities.run in [2, 10]")).toHaveLength(2);
  expect(await found("runs", 'scan.entities.run == "01"')).toEqual(["sub-01_task-rest_run-01_bold.nii.gz"]);
  await expect(found("runs", 'scan.entities.run == "first"')).rejects.toThrow('No index is "first"');
  const run = (await countedFields("runs")).find(({ name }) => name === "scan.entities.run");
  expect(run).toMatchObject({ types: ["number"], low: 1, high: 10 });
});

test("people are counted by visits and sex, and shown with chosen columns, of what the asker may read", async () => {
  const visits = [["01", "a"], ["01", "b"], ["02", "a"], ["03", "a"]] as const; // biome-ignore format: a table
  for (const [sub, ses] of visits)
    await upload("visits", `sub-${sub}/ses-${ses}/anat/sub-${sub}_ses-${ses}_T1w.nii.gz`);
  await metadata("visits", { "participants.tsv": "participant_id\tage\tsex\nsub-01\t31\tF\nsub-02\t89+\tM\n" });
  await expect.poll(() => found("visits", "subject.age > 30 && dataset.subjects.size() == 3"), quickly).toHaveLength(3);
  expect(await found("visits", "subject.sessions.size() >= 2")).toHaveLength(2);
  expect(await found("visits", '"b" in subject.sessions && subject.scans.size() == 2')).toHaveLength(2);
  expect(await found("visits", '"03" in dataset.subjects && session.label == "b"')).toHaveLength(1);
  const ada = world.as("ada");
  await world.grant("eve", "other", "owner");
  const body = { expression: "", datasets: ["visits"] };
  const shown = ["subject.age", "session.label", "subject.sessions.size() * 2"];
  const { items } = await ada.call(catalogRoutes.runQuery, { body: { ...body, level: "subject", columns: shown } });
  expect(items.map(({ slice, values }) => [slice.subject, ...(values ?? [])])).toEqual([
    ["01", 31, ["a", "b"], 4],
    ["02", 89, "a", 2],
    ["03", null, "a", 2],
  ]);
  const count = (who: string) =>
    world
      .as(who)
      .call(catalogRoutes.countQuery, { body: { expression: "", datasets: ["visits"], by: ["subject.sex"] } });
  expect(await count("ada")).toEqual({
    next: null,
    items: [
      { values: ["F"], subjects: 1, sessions: 2, scans: 2 },
      { values: [null], subjects: 1, sessions: 1, scans: 1 },
      { values: ["M"], subjects: 1, sessions: 1, scans: 1 },
    ],
  });
  await expect(count("eve")).rejects.toThrow('There is no dataset "visits"');
  await expect(
    ada.call(catalogRoutes.runQuery, { body: { ...body, level: "subject", columns: ["subject.agee"] } }),
  ).rejects.toThrow("did you mean subject.age");

  await world.sql`
    insert into catalog.saved_queries (owner, name, expression, level) values ('ada', 'women', 'subject.sex == "F"', 'subject')`;
  await ada.call(catalogRoutes.pinQuery, { params: { name: "women", pin: "then" } });
  await metadata("visits", { "participants.tsv": "participant_id\tage\tsex\nsub-01\t32\tF\n" });
  await expect.poll(() => found("visits", "subject.age == 32"), quickly).toHaveLength(2);
  const pinned = await ada.call(catalogRoutes.runQuery, {
    body: { expression: "women@then", columns: ["subject.age", "scan.suffix"] },
  });
  expect(pinned.items.map(({ values }) => values)).toEqual([[31, "T1w"]]);
});

test("b-values are read with the scan that they belong to, also where it inherits them", async () => {
  const scan = async (subject: string, bvalues: string | null) => {
    const path = `sub-${subject}/dwi/sub-${subject}_dwi.nii.gz`;
    const image = await world.put("diffusion", path, `image ${path}`);
    const beside =
      bvalues === null ? [] : [await world.put("diffusion", path.replace(".nii.gz", ".bval"), bvalues, "bval")];
    await world.publish("scan.uploaded", { dataset: "diffusion", path, files: [image, ...beside], uploader: "ada" });
  };
  await scan("01", "0 1000 2000\n");
  await scan("02", "0 1000 1000\n");
  await scan("03", null);
  await expect.poll(() => found("diffusion", "dwi.bvalues.max() >= 2000"), quickly).toEqual(["sub-01_dwi.nii.gz"]);
  await expect.poll(() => found("diffusion", "dwi.bvalues.min() == 0"), quickly).toHaveLength(2);
  const fields = (await countedFields("diffusion")).map(({ name }) => name);
  expect(fields).toContain("dwi.bvalues");
  expect(fields).not.toContain("image.bvalues");
  expect(await found("diffusion", "dwi.bvalues.exists(b, b > 500 && b < 1500)")).toHaveLength(2);
  await expect.poll(() => found("diffusion", "!has(dwi.bvalues)"), quickly).toEqual(["sub-03_dwi.nii.gz"]);
  await metadata("diffusion", { "dwi.bval": "0 3000\n" });
  await expect.poll(() => found("diffusion", "3000 in dwi.bvalues"), quickly).toEqual(["sub-03_dwi.nii.gz"]);
});

test("events are asked by the columns of their tables", async () => {
  const scan = async (subject: string, events: string) => {
    const path = `sub-${subject}/func/sub-${subject}_task-x_bold.nii.gz`;
    const image = await world.put("tasks", path, `image ${path}`);
    const table = await world.put("tasks", path.replace("bold.nii.gz", "events.tsv"), events, "events.tsv");
    await world.publish("scan.uploaded", { dataset: "tasks", path, files: [image, table], uploader: "ada" });
  };
  await scan("01", "onset\tduration\ttrial_type\n0\t1\tmotor\n300\t1\taudio\n");
  await scan("02", "onset\tduration\ttrial_type\n0\t1\tvideo\n");
  await expect
    .poll(() => found("tasks", '"motor" in events.trial_type'), quickly)
    .toEqual(["sub-01_task-x_bold.nii.gz"]);
  await expect.poll(() => found("tasks", "events.onset.max() < 100"), quickly).toEqual(["sub-02_task-x_bold.nii.gz"]);
  expect(await found("tasks", "events.trial_type.size() == 2")).toEqual(["sub-01_task-x_bold.nii.gz"]);
  expect((await countedFields("tasks")).map(({ name }) => name)).toEqual(
    expect.arrayContaining(["events.onset", "events.trial_type"]),
  );
});

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
