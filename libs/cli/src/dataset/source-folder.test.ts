import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { conversionOf, datasetsBelow, isUnconverted, nameOfDataset, requireDataset } from "./source-folder.ts";

let folder: string;

const makeDataset = async (...path: readonly string[]): Promise<void> => {
  await mkdir(join(folder, ...path), { recursive: true });
  await writeFile(join(folder, ...path, "dataset_description.json"), "{}");
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "source-folder-"));
  await makeDataset("studies", "two words");
  await makeDataset("studies", "one");
  await makeDataset("undescribed", "derivatives");
  await mkdir(join(folder, "undescribed", "sub-01"));
});
afterAll(() => rm(folder, { recursive: true }));

test("a dataset is called as its folder, or as it is told", () => {
  expect(nameOfDataset("/data/ds001/", undefined)).toBe("ds001");
  expect(nameOfDataset("/data/Mein Projekt", "mine")).toBe("mine");
});

test("a folder whose name no dataset can have is refused with a name that it could have", () => {
  expect(() => nameOfDataset("/data/Mein Projekt", undefined)).toThrow(
    expect.objectContaining({
      code: "invalid",
      message:
        'The folder is called "Mein Projekt", which cannot be the name of a dataset: it needs 1 to 63 letters, digits, - and _, a letter or digit first.',
      next: "Give another name: --name mein-projekt",
    }),
  );
  expect(() => nameOfDataset("/data/ds001", "ä ö")).toThrow('A dataset cannot be called "ä ö"');
});

test("a folder of datasets is no dataset, and one of them is named", async () => {
  await expect(requireDataset(join(folder, "studies"))).rejects.toMatchObject({
    code: "invalid",
    message: `${join(folder, "studies")} is not a dataset, it holds the datasets one and two words.`,
    next: `Import one of them: rollerblade dataset import ${join(folder, "studies", "one")}`,
  });
});

test("a folder that is not in BIDS is refused with the command that converts it", async () => {
  const directory = join(folder, "from the scanner");
  await mkdir(directory);
  await writeFile(join(directory, "IM0001"), "");
  await expect(requireDataset(directory)).rejects.toMatchObject({
    code: "invalid",
    message: `${directory} is not in BIDS: it has neither dataset_description.json nor folders sub-<label>.`,
    next: `DICOM, loose images and tables are converted: rollerblade dataset convert '${directory}' --suggest > mapping.yaml`,
  });
  expect(conversionOf("scans")).toBe("rollerblade dataset convert scans --suggest > mapping.yaml");
  expect(await isUnconverted(join(folder, "undescribed"))).toBe(false);
  // What is not there is said by whoever reads it.
  expect(await isUnconverted(join(folder, "nowhere"))).toBe(false);
  expect(await isUnconverted("s3://bucket/scans")).toBe(false);
});

test("a dataset, one without a description, and a bucket are left to the import itself", async () => {
  expect(await datasetsBelow(join(folder, "studies", "one"))).toEqual([]);
  expect(await datasetsBelow(join(folder, "undescribed"))).toEqual([]);
  expect(await datasetsBelow("s3://bucket/studies")).toEqual([]);
});
