import { execFileSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { convert, errorsOf, planOf, scratchFolder } from "./conversion-world.ts";
import { madeNifti, tarOf, writeFiles } from "./made-images.ts";

const mapping = (more = "", rule = ""): string => `version: 1
dataset: { Name: Bad }
images:
  - { name: t1, from: "**/{subject:[0-9]+}_T1.nii.gz", to: { suffix: T1w }${rule} }
${more}`;

/** A zip with these members, of bytes or of so many zeros. */
const zip = (path: string, files: Readonly<Record<string, Buffer | number>>): void => {
  const encoded = Object.entries(files).map(([name, content]) => [
    name,
    typeof content === "number" ? content : content.toString("base64"),
  ]);
  execFileSync("python3", [join(import.meta.dirname, "zip.py")], {
    input: JSON.stringify({ path, files: Object.fromEntries(encoded) }),
  });
};

const t1 = madeNifti({});
const scan = { "01_T1.nii.gz": t1 };

test.each([
  [
    "a tar with a name that leads out of it",
    (at: string) => writeFiles(at, { "a.tar": tarOf({ "../../evil_T1.nii.gz": t1 }) }),
    /a.tar: The archive a.tar has the member "..\/..\/evil_T1.nii.gz": the path has the segment ".."/,
  ],
  [
    "a tar with an absolute name",
    (at: string) => writeFiles(at, { "a.tar": tarOf({ "/etc/01_T1.nii.gz": t1 }) }),
    /the path is absolute/,
  ],
  [
    "a zip with a name that leads out of it",
    (at: string) => zip(join(at, "a.zip"), { "../02_T1.nii.gz": t1 }),
    /a.zip: The archive a.zip cannot be read: invalid relative path: ..\/02_T1.nii.gz/,
  ],
  [
    "a zip with an absolute name",
    (at: string) => zip(join(at, "a.zip"), { "/etc/02_T1.nii.gz": t1 }),
    /a.zip.*absolute path/,
  ],
  [
    "a zip bomb",
    (at: string) => zip(join(at, "a.zip"), { "02_T1.nii.gz": 200 * 2 ** 20 }),
    /would unfold to more than 250 times its size, as only a bomb does/,
  ],
  [
    "a bomb of gzip",
    (at: string) => writeFiles(at, { "a.tar.gz": gzipSync(Buffer.alloc(200 * 2 ** 20)) }),
    /a.tar.gz: The archive a.tar.gz would unfold to more than 250 times/,
  ],
  [
    "a tar that was cut off",
    (at: string) => writeFiles(at, { "a.tar": tarOf({ "02_T1.nii.gz": Buffer.alloc(5_000, 1) }).subarray(0, 3_000) }),
    /a.tar ends in the middle of a member/,
  ],
  ["what is no archive", (at: string) => writeFiles(at, { "a.tgz": "hello" }), /a.tgz: incorrect header check/],
  [
    "an image that was cut off",
    (at: string) => writeFiles(at, { "02_T1.nii.gz": t1.subarray(0, 60) }),
    /02_T1.nii.gz: ends before its header does/,
  ],
])("%s is named, and nothing is written", async (_sentence, make, message) => {
  const folder = scratchFolder();
  const [source, out] = [join(folder, "source"), join(folder, "out")];
  writeFiles(source, scan);
  make(source);
  expect(errorsOf(await planOf(source, mapping())).join("\n")).toMatch(message);
  await expect(convert(source, mapping(), out)).rejects.toThrow("so nothing was written");
  expect(existsSync(out)).toBe(false);
  expect(readdirSync(folder)).toEqual(["source"]);
});

test("an image whose voxels end too early fails alone, and says so", async () => {
  const folder = scratchFolder();
  const cut = madeNifti({ dims: [40, 40, 40] });
  writeFiles(folder, { ...scan, "02_T1.nii.gz": cut.subarray(0, cut.length - 2_000) });
  const { report } = await convert(folder, mapping(), join(scratchFolder(), "out"), { force: true });
  expect(report).toMatchObject({ converted: 1 });
  expect(report.failures).toEqual([
    { where: "sub-02/anat/sub-02_T1w.nii.gz", message: expect.stringMatching(/unexpected end of file/) },
  ]);
});

test.each([
  ["two rows for one person", "ID,Age\n01,20\n01,21\n", /people.csv: has 2 rows for 01, and one is expected/],
  ["no such column", "Name,Age\n01,20\n", /people.csv: has no column ID; it has Name, Age/],
  [
    "a column that appears twice",
    "ID,Age,Age\n01,20,20\n",
    /people.csv: The table people.csv has the column Age twice/,
  ],
  ["a level that nobody declared", "ID,Age\n01,old\n", /column age: "old" \(of 01\) is none of its values 20, 21/],
])("a table with %s is named", async (_sentence, table, message) => {
  const folder = scratchFolder();
  writeFiles(folder, { ...scan, "people.csv": table });
  const text = mapping(
    'tables: { people: { file: people.csv, subject: ID } }\nparticipants: { columns: { age: { column: Age, values: { "20": 20, "21": 21 } } } }\n',
  );
  expect(errorsOf(await planOf(folder, text)).join("\n")).toMatch(message);
});

test("a table that is not there, and gradients that are not, are named", async () => {
  const folder = scratchFolder();
  writeFiles(folder, scan);
  const text = mapping('tables: { people: { file: "**/people.csv", subject: ID } }\n', ", bval: all.bval");
  expect(errorsOf(await planOf(folder, text))).toEqual([
    expect.stringContaining("tables.people: no file of the source matches **/people.csv"),
    expect.stringContaining("there is no file all.bval for it (t1)"),
  ]);
});

test("two files that would have one name are an error, whatever rules they came by", async () => {
  const folder = scratchFolder();
  writeFiles(folder, { "a/01_T1.nii.gz": t1, "b/01_T1.nii.gz": t1 });
  expect(errorsOf(await planOf(folder, mapping())).join()).toMatch(
    /2 images would have this one name: a\/01_T1.nii.gz, b\/01_T1.nii.gz/,
  );
  const rules = `${mapping().replace('"**/{', '"a/{')}  - { name: other, from: "b/{subject}_T1.nii.gz", to: { suffix: T1w } }\n`;
  expect(errorsOf(await planOf(folder, rules)).join()).toMatch(/several rules give them this name: t1, other/);
  const both = `${mapping()}  - { name: again, from: "a/{subject}_T1.nii.gz", to: { suffix: T2w } }\n`;
  expect(errorsOf(await planOf(folder, both)).join()).toMatch(/a\/01_T1.nii.gz: several rules speak of it: t1, again/);
});

test("volumes of different grids cannot be joined", async () => {
  const folder = scratchFolder();
  writeFiles(folder, { "01_1.nii.gz": t1, "01_2.nii.gz": madeNifti({ dims: [4, 4, 5] }) });
  const text = `version: 1
dataset: { Name: Bad }
images: [{ from: "{subject}_{volume}.nii.gz", to: { suffix: dwi }, join: { by: capture.volume } }]
`;
  expect(errorsOf(await planOf(folder, text)).join("\n")).toMatch(
    /01_2.nii.gz has another grid, type or scaling than 01_1.nii.gz/,
  );
});

test("a folder in which somebody else wrote is left alone", async () => {
  const folder = scratchFolder();
  writeFiles(join(folder, "source"), scan);
  writeFiles(join(folder, "out"), { "participants.tsv": "participant_id\nsub-99\n" });
  await expect(convert(join(folder, "source"), mapping(), join(folder, "out"))).rejects.toThrow(
    "participants.tsv already exists, and no conversion wrote it",
  );
  expect(readdirSync(join(folder, "out")).filter((name) => name.startsWith("sub-"))).toEqual([]);
});

test("a source that is half there does not empty the dataset", async () => {
  const folder = scratchFolder();
  const [source, out] = [join(folder, "source"), join(folder, "out")];
  writeFiles(source, Object.fromEntries([1, 2, 3, 4].map((n) => [`0${n}_T1.nii.gz`, madeNifti({ seed: n })])));
  await convert(source, mapping(), out);
  const half = join(folder, "half");
  writeFiles(half, { "01_T1.nii.gz": madeNifti({ seed: 1 }) });
  await expect(convert(half, mapping(), out)).rejects.toThrow("3 of 4 images no longer");
  expect((await convert(half, mapping(), out, { force: true })).report).toMatchObject({ unchanged: 1, removed: 3 });
  expect(readdirSync(out).filter((name) => name.startsWith("sub-"))).toEqual(["sub-01"]);
});

test("nothing that was unpacked on the way is left behind", async () => {
  const before = readdirSync(tmpdir()).filter((name) => name.startsWith("rollerblade-convert-"));
  const folder = scratchFolder();
  writeFiles(folder, { "a.tar.gz": gzipSync(tarOf(scan)) });
  await planOf(folder, mapping());
  const after = readdirSync(tmpdir()).filter(
    (name) => name.startsWith("rollerblade-convert-") && !before.includes(name),
  );
  expect(after).toEqual([]);
});
