import { execFile } from "node:child_process";
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { treeHashes } from "../conformance/tree-hashes.ts";
import { hasValidator, errorsOf as validatorErrors } from "../e2e/official-validator.ts";
import { convert, errorsOf, planOf, scratchFolder } from "./conversion-world.ts";
import { canWriteDicom, type MadeSeries, madePlace, madeSeries, madeVoxel, writeDicom } from "./dicom-study.ts";
import { readConverted, voxelAt } from "./read-converted.ts";

/** One visit of a person, with what goes wrong at a scanner. */
const visit: readonly MadeSeries[] = [
  madeSeries(1, { description: "t1_mprage", repetitionTime: 8 }),
  // The second run has the smaller number: the console counted anew after it was started again, in another study.
  madeSeries(7, {
    description: "rest",
    shape: [10, 8, 5],
    volumes: 4,
    acquisition: "2D",
    sequence: "EP",
    time: "091500",
  }),
  madeSeries(3, {
    description: "rest",
    shape: [10, 8, 5],
    volumes: 4,
    acquisition: "2D",
    sequence: "EP",
    time: "094500",
    study: "2.25.4711.2",
  }),
  madeSeries(4, {
    description: "me",
    shape: [10, 8, 5],
    volumes: 2,
    echoes: [12, 28, 44],
    acquisition: "2D",
    sequence: "EP",
  }),
  madeSeries(5, { description: "fmap_AP", shape: [10, 8, 5], acquisition: "2D", sequence: "EP", time: "091400" }),
  madeSeries(6, { description: "fmap_PA", shape: [10, 8, 5], acquisition: "2D", sequence: "EP", time: "091430" }),
  madeSeries(8, { description: "fmap_AP", shape: [10, 8, 5], acquisition: "2D", sequence: "EP", time: "094400" }),
  madeSeries(9, { description: "fmap_PA", shape: [10, 8, 5], acquisition: "2D", sequence: "EP", time: "094430" }),
  madeSeries(10, {
    ...{ description: "dti", shape: [10, 8, 5], acquisition: "2D", sequence: "SE", bvalues: [0, 1000, 2000] },
    vectors: [
      [0, 0, 0],
      [1, 0, 0],
      [0, 0.6, 0.8],
    ],
  }),
  madeSeries(11, { description: "localizer", shape: [10, 8, 3] }),
];

const mapping = `version: 1
dataset: { Name: Visit, Authors: [A, B], License: CC0 }
readme: A made-up visit, with everything that goes wrong at a scanner, and known answers.
subject: "\${series.PatientID}"
keep: [PatientID]
images:
  - { name: t1, dicom: "**", where: 'series.SeriesDescription == "t1_mprage"', to: { suffix: T1w }, run: acquisition }
  - { name: rest, dicom: "**", where: 'series.SeriesDescription == "rest"', to: { suffix: bold, task: rest }, run: acquisition }
  - name: echoes
    dicom: "**"
    where: 'series.SeriesDescription == "me"'
    to: { suffix: bold, task: echo, echo: "\${sidecar.EchoNumber}" }
  - name: field maps
    dicom: "**"
    where: 'series.SeriesDescription.startsWith("fmap_")'
    to: { suffix: epi, dir: '\${series.SeriesDescription.endsWith("AP") ? "AP" : "PA"}' }
    run: acquisition
    metadata:
      PhaseEncodingDirection: '\${series.SeriesDescription.endsWith("AP") ? "j-" : "j"}'
      TotalReadoutTime: 0.05
  - { name: dti, dicom: "**", where: 'series.SeriesDescription == "dti"', to: { suffix: dwi } }
fieldmaps:
  - { fieldmap: 'target.suffix == "epi"', for: 'target.suffix == "bold" && target.task == "rest"', match: nearest }
participants:
  columns:
    age: { value: "\${series.PatientAge}", units: year, description: Age at the scan }
    sex: { value: "\${series.PatientSex}", levels: { F: female, M: male } }
ignore:
  - { dicom: "**", where: 'series.SeriesDescription == "localizer"', reason: only to plan the slices }
`;

let source: string;
let out: string;
let converted: Awaited<ReturnType<typeof convert>>;

/** A JSON file of the converted dataset. */
const json = (path: string): Record<string, unknown> => JSON.parse(readFileSync(join(out, path), "utf8"));

beforeAll(async () => {
  if (!canWriteDicom) return;
  const world = mkdtempSync(join(tmpdir(), "rollerblade-test-convert-"));
  [source, out] = [join(world, "source"), join(world, "out")];
  await writeDicom(source, visit);
  converted = await convert(source, mapping, out);
});

afterAll(() => {
  if (source !== undefined) rmSync(join(source, ".."), { recursive: true, force: true });
});

describe.skipIf(!canWriteDicom)("a visit becomes a dataset of BIDS", () => {
  test("every file of the source is accounted for, once", () => {
    const { entries } = converted.plan;
    expect(new Set(entries.map(({ source: path }) => path)).size).toBe(entries.length);
    // 6 + 2 × 20 + 30 + 4 × 5 + 15 + 3 slices.
    expect(entries).toHaveLength(6 + 40 + 30 + 20 + 15 + 3);
    expect(entries.filter(({ is }) => is === "ignored").map(({ reason }) => reason)).toEqual(
      Array.from({ length: 3 }, () => "only to plan the slices"),
    );
    expect(entries.every(({ is, targets }) => is === "ignored" || targets.length > 0)).toBe(true);
    expect(converted.report).toMatchObject({ converted: 11, unchanged: 0, failures: [] });
  });

  test.each([
    ["sub-P01/anat/sub-P01_T1w.nii.gz", visit[0], 1],
    ["sub-P01/func/sub-P01_task-rest_run-1_bold.nii.gz", visit[1], 4],
    ["sub-P01/func/sub-P01_task-rest_run-2_bold.nii.gz", visit[2], 4],
    ["sub-P01/dwi/sub-P01_dwi.nii.gz", visit[8], 3],
  ])("%s has each voxel at its place, and the runs are in the order of their times", (path, made, volumes) => {
    if (made === undefined) throw new Error("There is such a series.");
    const image = readConverted(join(out, path));
    expect(image.dims).toEqual(volumes === 1 ? made.shape : [...made.shape, volumes]);
    let differences = 0;
    const [columns, rows, slices] = made.shape;
    for (let volume = 0; volume < volumes; volume++)
      for (let z = 0; z < slices; z++)
        for (let y = 0; y < rows; y++)
          for (let x = 0; x < columns; x++) {
            const index = voxelAt(image, madePlace([x, y, z]));
            const nearest = index.map(Math.round);
            if (index.some((at, axis) => Math.abs(at - (nearest[axis] ?? 0)) > 1e-4)) differences += 1;
            if (image.valueAt([...nearest, volume]) !== madeVoxel(made, [x, y, z], volume)) differences += 1;
          }
    expect(differences).toBe(0);
  });

  test("echoes of one series are told apart by their number", () => {
    for (const echo of [1, 2, 3]) {
      const path = `sub-P01/func/sub-P01_task-echo_echo-${echo}_bold`;
      expect(json(`${path}.json`).EchoTime).toBeCloseTo([0.012, 0.028, 0.044][echo - 1] ?? 0, 6);
      const image = readConverted(join(out, `${path}.nii.gz`));
      const at = voxelAt(image, madePlace([3, 2, 1])).map(Math.round);
      expect(image.valueAt([...at, 1])).toBe(madeVoxel(visit[3] ?? madeSeries(0, {}), [3, 2, 1], 1, echo - 1));
    }
  });

  test("each functional run names the field map that was acquired nearest to it", () => {
    const run = (number: number) => json(`sub-P01/func/sub-P01_task-rest_run-${number}_bold.json`);
    const map = (dir: string, number: number) => json(`sub-P01/fmap/sub-P01_dir-${dir}_run-${number}_epi.json`);
    for (const number of [1, 2]) {
      expect(map("AP", number).B0FieldIdentifier).toBe(run(number).B0FieldSource);
      expect(map("PA", number).B0FieldIdentifier).toBe(run(number).B0FieldSource);
      expect(map("AP", number).IntendedFor).toEqual([`bids::sub-P01/func/sub-P01_task-rest_run-${number}_bold.nii.gz`]);
    }
    expect(run(1).B0FieldSource).not.toBe(run(2).B0FieldSource);
  });

  test("gradients come with the diffusion image", () => {
    const bvals = readFileSync(join(out, "sub-P01/dwi/sub-P01_dwi.bval"), "utf8").trim().split(/\s+/).map(Number);
    expect(bvals).toEqual([0, 1000, 2000]);
    const bvecs = readFileSync(join(out, "sub-P01/dwi/sub-P01_dwi.bvec"), "utf8").trim().split("\n");
    const [x, y, z] = bvecs.map((line) =>
      line
        .trim()
        .split(/\s+/)
        .map((part) => Math.abs(Number(part))),
    );
    expect([x?.[1], y?.[2], z?.[2]]).toEqual([1, 0.6, 0.8]);
  });

  test("people have a row with what their headers state", () => {
    expect(readFileSync(join(out, "participants.tsv"), "utf8")).toBe("participant_id\tage\tsex\nsub-P01\t35\tF\n");
    expect(json("participants.json")).toEqual({
      age: { Description: "Age at the scan", Units: "year" },
      sex: { Levels: { F: "female", M: "male" } },
    });
  });

  test.skipIf(!hasValidator)("the official validator finds no error", async () => {
    expect(await validatorErrors(out)).toEqual([]);
  });

  test("a second time nothing is made, and nothing changes", async () => {
    const before = treeHashes(out);
    expect((await convert(source, mapping, out)).report).toMatchObject({ converted: 0, unchanged: 11, removed: 0 });
    expect(treeHashes(out)).toEqual(before);
  });

  test("with one person more, only the images of that person are made", async () => {
    await writeDicom(source, [madeSeries(21, { subject: "P02", series: "2.25.4711.9.1", study: "2.25.4711.9" })]);
    expect((await convert(source, mapping, out)).report).toMatchObject({ converted: 1, unchanged: 11 });
    expect(readFileSync(join(out, "participants.tsv"), "utf8")).toContain("sub-P02\t35\tF\n");
    rmSync(join(source, "series-21"), { recursive: true });
    expect((await convert(source, mapping, out)).report).toMatchObject({ converted: 0, unchanged: 11, removed: 1 });
    expect(readFileSync(join(out, "participants.tsv"), "utf8")).not.toContain("P02");
  });

  test("killed in the middle and begun again, it ends with the same files", async () => {
    const folder = scratchFolder();
    const file = join(folder, "mapping.yaml");
    appendFileSync(file, mapping);
    const target = join(folder, "out");
    await killed(source, file, target);
    await convert(source, mapping, target);
    expect(treeHashes(target)).toEqual(treeHashes(out));
  });

  test("a file that somebody changed is not written over", async () => {
    const folder = scratchFolder();
    await convert(source, mapping, folder);
    const path = join(folder, "sub-P01/anat/sub-P01_T1w.json");
    appendFileSync(path, "\n");
    const changed = mapping.replace("to: { suffix: T1w }", "to: { suffix: T1w }, metadata: { FlipAngle: 10 }");
    await expect(convert(source, changed, folder)).rejects.toThrow("somebody changed it since it was written");
  });
});

/** Runs the command line and kills it with SIGKILL as soon as the first image is there. */
const killed = (from: string, file: string, target: string): Promise<void> =>
  new Promise((done, failed) => {
    const program = join(import.meta.dirname, "..", "..", "bin", "rollerblade.ts");
    const child = execFile(
      process.execPath,
      [program, "dataset", "convert", from, "--mapping", file, "--out", target],
      (error) => {
        clearInterval(looking);
        if (error?.signal === "SIGKILL") done();
        else failed(error ?? new Error("It ended before it was killed."));
      },
    );
    const looking = setInterval(() => {
      try {
        if (readFileSync(join(target, ".rollerblade-convert/state.jsonl"), "utf8").includes('"target"'))
          child.kill("SIGKILL");
      } catch {
        // It is not there yet.
      }
    }, 2);
  });

describe.skipIf(!canWriteDicom)("what is not right is found before anything is written", () => {
  const t1 = (more: string): string => `version: 1
dataset: { Name: Bad }
subject: "\${series.PatientID}"
keep: [PatientID]
images:
  - { name: t1, dicom: "**", to: { suffix: T1w }${more} }
`;

  test.each([
    ["a slice is missing", [madeSeries(1, { missing: [3] })], /misses slices: between -7 and -4 mm/],
    [
      "a volume has a slice less",
      [madeSeries(1, { shape: [10, 8, 5], volumes: 3, missingIn: [[1, 2]] })],
      /misses slices: 1 of 5 places have fewer than 3 of them/,
    ],
    [
      "a file was cut off",
      [madeSeries(1, { truncated: 60 })],
      /has 1 of 6 files that were cut off; the first is series-1\/IM0006.dcm/,
    ],
    [
      "names are burned into the picture",
      [madeSeries(1, { attributes: { BurnedInAnnotation: "YES" } })],
      /may have names burned into the picture/,
    ],
    [
      "two series have one name",
      [madeSeries(1, {}), madeSeries(2, {})],
      /2 images would have this one name: series-1\/IM0001.dcm, series-2\/IM0001.dcm; write run: acquisition/,
    ],
  ])("%s", async (_sentence, series, message) => {
    const folder = scratchFolder();
    await writeDicom(join(folder, "source"), series);
    expect(errorsOf(await planOf(join(folder, "source"), t1(""))).join("\n")).toMatch(message);
    await expect(convert(join(folder, "source"), t1(""), join(folder, "out"))).rejects.toThrow(
      "so nothing was written",
    );
    expect(() => readFileSync(join(folder, "out/dataset_description.json"))).toThrow("ENOENT");
  });

  test("two series at the very same time cannot be put into an order", async () => {
    const folder = scratchFolder();
    await writeDicom(folder, [madeSeries(1, { time: "100000" }), madeSeries(2, { time: "100000" })]);
    expect(errorsOf(await planOf(folder, t1(", run: acquisition"))).join()).toMatch(/no two at the same time/);
  });

  test("two people whose names become one label are an error", async () => {
    const folder = scratchFolder();
    await writeDicom(folder, [madeSeries(1, { subject: "P-1" }), madeSeries(2, { subject: "P1" })]);
    expect(errorsOf(await planOf(folder, t1(", run: acquisition"))).join()).toMatch(
      /sub-P1: is the label of 2 people of the source: P-1, P1/,
    );
  });

  test("files of one series that lie in two folders belong together, and a copy counts once", async () => {
    const folder = scratchFolder();
    const series = madeSeries(1, {});
    await writeDicom(folder, [series, { ...series, folder: "again" }]);
    const { plan, report } = await convert(folder, t1(""), join(scratchFolder(), "out"));
    expect(report).toMatchObject({ converted: 1 });
    expect(plan.entries.filter(({ reason }) => reason?.startsWith("a copy of"))).toHaveLength(6);
  });

  test("a series that no rule speaks of is an error, and with unmatched: report a warning", async () => {
    const folder = scratchFolder();
    await writeDicom(folder, [madeSeries(1, {}), madeSeries(2, { description: "new sequence" })]);
    mkdirSync(join(folder, "notes"));
    appendFileSync(join(folder, "notes/day.txt"), "rained");
    const strict = t1(", where: 'series.SeriesDescription == \"t1_mprage\"'");
    const errors = errorsOf(await planOf(folder, strict)).join("\n");
    expect(errors).toContain('series-2/IM0001.dcm: no rule speaks of it (series "new sequence", 6 files)');
    expect(errors).toContain("notes/day.txt: no rule speaks of it");
    expect(errorsOf(await planOf(folder, `${strict}unmatched: report\n`))).toEqual([]);
  });
});
