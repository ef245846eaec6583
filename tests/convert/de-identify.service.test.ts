import { randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { convert, errorsOf, planOf, scratchFolder } from "./conversion-world.ts";
import { canWriteDicom, madeSeries, writeDicom } from "./dicom-study.ts";

/** A text that is found nowhere by chance. */
const secret = (): string => `Zq${randomBytes(6).toString("hex")}`;

/** Attributes of DICOM that name or describe somebody, and are texts. */
const attributes = [
  ...["InstitutionName", "InstitutionAddress", "ReferringPhysicianName", "StationName", "StudyDescription"],
  ...["InstitutionalDepartmentName", "PerformingPhysicianName", "NameOfPhysiciansReadingStudy", "OperatorsName"],
  ...["AdmittingDiagnosesDescription", "OtherPatientIDs", "OtherPatientNames", "PatientBirthName", "PatientAddress"],
  ...["PatientMotherBirthName", "PatientTelephoneNumbers", "EthnicGroup", "Occupation", "AdditionalPatientHistory"],
  ...["PatientComments", "DeviceSerialNumber", "StudyID", "ImageComments", "RequestingPhysician", "AccessionNumber"],
  ...["RequestedProcedureDescription", "PerformedProcedureStepDescription", "RequestingService", "BodyPartExamined"],
  ...[
    "SequenceName",
    "ReceiveCoilName",
    "SoftwareVersions",
    "ScanOptions",
    "DerivationDescription",
    "ContrastBolusAgent",
  ],
] as const;

/** Short texts of DICOM have 16 letters, and codes capitals only. */
const planted = (keyword: string): string =>
  ["BodyPartExamined", "ScanOptions"].includes(keyword) ? secret().toUpperCase() : secret();

/** Every byte of a folder, with what is compressed unpacked, and the names of all files. */
const everything = (folder: string): string =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .map((entry) => {
      if (entry.isDirectory()) return entry.name;
      const bytes = readFileSync(join(entry.parentPath, entry.name));
      return `${entry.name}\n${(entry.name.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("latin1")}`;
    })
    .join("\n");

const mapping = (more: string): string => `version: 1
dataset: { Name: Private, Authors: [A, B] }
subject: "\${series.PatientID}"
labels: keyed
${more}
`;

describe.skipIf(!canWriteDicom)("nothing that names a person comes through", () => {
  test("of 1,000 planted texts in DICOM and loose images, none is in the output", { timeout: 300_000 }, async () => {
    const folder = scratchFolder();
    const [source, out] = [join(folder, "source"), join(folder, "out")];
    const texts: string[] = [];
    const plant = <Text extends string>(text: Text): Text => {
      texts.push(text);
      return text;
    };
    const series = [1, 2, 3, 4].map((number) => {
      const [family, given] = [plant(secret()), plant(secret())];
      return madeSeries(number, {
        folder: join(plant(secret()), plant(secret())),
        prefix: plant(secret()),
        subject: `${family}^${given}`,
        // The sequence was called after the person.
        description: number === 4 ? `t1 ${family}` : "t1_mprage",
        private: Array.from({ length: 195 }, () => plant(secret())),
        attributes: Object.fromEntries(attributes.map((keyword) => [keyword, plant(planted(keyword))])),
      });
    });
    await writeDicom(source, series);
    // A loose image with texts in its header, an extension behind it, and a sidecar that somebody added to.
    mkdirSync(join(source, "loose"));
    const header = Buffer.alloc(352 + 64);
    header.writeInt32LE(348, 0);
    for (const [at, size] of [3, 2, 2, 2, 1, 1, 1, 1].entries()) header.writeInt16LE(size, 40 + 2 * at);
    header.writeInt16LE(2, 70);
    header.writeInt16LE(8, 72);
    for (const at of [80, 84, 88]) header.writeFloatLE(1, at);
    header.writeFloatLE(352 + 64, 108);
    for (const [at, length] of [
      [4, 10],
      [14, 18],
      [148, 80],
      [228, 24],
      [328, 16],
    ] as const)
      header.write(plant(secret()).slice(0, length - 1), at, "latin1");
    header.writeInt16LE(1, 254);
    for (const [row, at] of [280, 300, 320].entries()) header.writeFloatLE(row + 1, at);
    header.write("n+1\0", 344, "latin1");
    header.writeUInt8(1, 348);
    header.writeInt32LE(64, 352);
    header.write(plant(secret()), 360, "latin1");
    writeFileSync(join(source, "loose/07_T2.nii.gz"), gzipSync(Buffer.concat([header, Buffer.alloc(8, 3)])));
    const sidecar = {
      EchoTime: 0.08,
      PatientName: plant(secret()),
      InstitutionName: plant(secret()),
      Remarks: { nested: [plant(secret())] },
      ...Object.fromEntries(Array.from({ length: 60 }, () => [plant(secret()), plant(secret())])),
    };
    writeFileSync(join(source, "loose/07_T2.json"), JSON.stringify(sidecar));
    writeFileSync(join(source, "people.csv"), `ID,Sex,Name\n07,M,${plant(secret())}\n`);
    expect(texts.length).toBeGreaterThan(1_000);

    const { plan, report } = await convert(
      source,
      mapping(`images:
  - { dicom: "**", to: { suffix: T1w }, run: acquisition }
  - { from: "loose/{id}_T2.nii.gz", subject: "\${capture.id}", to: { suffix: T2w } }
tables:
  people: { file: people.csv, subject: ID }
participants: { columns: { sex: { column: Sex } } }`),
      out,
      { labels: join(folder, "labels.json") },
    );
    expect(report).toMatchObject({ converted: 5, failures: [] });
    const output = everything(out);
    expect(texts.filter((text) => output.toLowerCase().includes(text.toLowerCase()))).toEqual([]);
    // The dates of the scans are no less private.
    expect(output).not.toContain("20240110");
    expect(output).not.toContain("2024-01-10");

    // The report names what was taken out, and none of the texts.
    const removed = JSON.stringify(report.removals);
    expect(
      texts.filter((text) => text.length > 6 && removed.includes(text) && !Object.keys(sidecar).includes(text)),
    ).toEqual([]);
    expect(report.removals).toContainEqual(
      expect.objectContaining({ what: "InstitutionName", reason: "identifies a person, place, machine or day" }),
    );
    expect(report.removals).toContainEqual(
      expect.objectContaining({ what: "PatientName", reason: "not a term of BIDS" }),
    );
    expect(report.removals.filter(({ reason }) => reason === "text in the header of the image").length).toBeGreaterThan(
      4,
    );
    expect(plan.removals.length).toBeGreaterThan(100);
  });

  test("a name that the mapping would write is found before anything is written", async () => {
    const folder = scratchFolder();
    await writeDicom(folder, [madeSeries(1, { subject: "Doe^Jane", description: "t1 Jane" })]);
    const rules = (to: string, more = ""): string =>
      mapping(`images: [{ dicom: "**", to: { suffix: T1w${to} }${more} }]`);
    const labels = join(scratchFolder(), "labels.json");
    const errors = async (text: string) => errorsOf(await planOf(folder, text, { labels })).join("\n");
    expect(await errors(rules(""))).toBe("");
    expect(await errors(rules("").replace("labels: keyed", "labels: kept"))).toMatch(
      /its name would hold a text by which its header names/,
    );
    expect(await errors(rules("", ', metadata: { Instructions: "Dear Jane, lie still" }'))).toMatch(
      /metadata of the mapping would hold/,
    );
    expect(await errors(`${rules("")}participants: { columns: { who: { value: "\${series.PatientID}" } } }\n`)).toMatch(
      /participants.tsv: would hold a text/,
    );
  });

  test("labels are the same for the same people, and their table may not lie with the data", async () => {
    const folder = scratchFolder();
    const [source, out] = [join(folder, "source"), join(folder, "out")];
    await writeDicom(source, [madeSeries(1, { subject: "Doe^Jane" }), madeSeries(2, { subject: "Doe^John" })]);
    const rules = mapping('images: [{ dicom: "**", to: { suffix: T1w } }]');
    const labels = join(folder, "labels.json");
    await convert(source, rules, out, { labels });
    const people = readFileSync(join(out, "participants.tsv"), "utf8");
    await convert(source, rules, join(folder, "again"), { labels });
    expect(readFileSync(join(folder, "again/participants.tsv"), "utf8")).toBe(people);
    await convert(source, rules, join(folder, "other"), { labels: join(folder, "other.json") });
    expect(readFileSync(join(folder, "other/participants.tsv"), "utf8")).not.toBe(people);
    await expect(convert(source, rules, out, { labels: join(out, "labels.json") })).rejects.toThrow(
      "must be kept apart",
    );
    await expect(convert(source, rules, out)).rejects.toThrow("needs a secret table");
  });

  test("shifted dates keep the days between visits, and lie before 1925", async () => {
    const folder = scratchFolder();
    const [source, out] = [join(folder, "source"), join(folder, "out")];
    await writeDicom(source, [
      madeSeries(1, { subject: "Doe^Jane", date: "20240110" }),
      madeSeries(2, { subject: "Doe^Jane", date: "20240209", study: "2.25.8" }),
    ]);
    const rules = mapping(`dates: shift
images: [{ dicom: "**", session: "\${series.SeriesNumber}", to: { suffix: T1w } }]`);
    await convert(source, rules, out, { labels: join(folder, "labels.json") });
    const scans = readdirSync(out, { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith("_scans.tsv"));
    const days = scans.sort().map((path) => {
      const time = readFileSync(join(out, path), "utf8").trim().split("\t").at(-1) ?? "";
      expect(time).toMatch(/^1[89]\d\d-\d\d-\d\dT09:0\d:00\.000000$/);
      expect(Number(time.slice(0, 4))).toBeLessThan(1925);
      return Date.parse(`${time.slice(0, 10)}T00:00:00Z`) / 86_400_000;
    });
    expect((days[1] ?? 0) - (days[0] ?? 0)).toBe(30);
  });
});
