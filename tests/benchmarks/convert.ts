/**
 * A made-up study of DICOM becomes BIDS: by `dataset convert` (planned, written, again, with one person more), by dcm2niix alone, which
 * names nothing and checks nothing, and by dcm2bids. `BENCH_PEOPLE` (10) people have a T1w and a functional run. Prints files a second.
 */
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { findDcm2niix, openConversion, readMapping } from "@rollerblade/convert";
import { madeSeries, writeDicom } from "../convert/dicom-study.ts";
import { pythonWith } from "../e2e/python.ts";

const run = promisify(execFile);
const people = Number(process.env.BENCH_PEOPLE ?? 10);

/** Releases that are measured against. */
const peer = { dcm2bids: "3.3.1", dcm2niix: "1.0.20260724" } as const;

const mapping = readMapping(
  "mapping.yaml",
  `version: 1
dataset: { Name: Benchmark, Authors: [A, B] }
subject: "\${series.PatientID}"
keep: [PatientID]
images:
  - { dicom: "**", where: 'series.description == "t1_mprage"', to: { suffix: T1w } }
  - { dicom: "**", where: 'series.description == "rest"', to: { suffix: bold, task: rest } }
`,
);

/** One person: 120 slices of a T1w, and 30 volumes of 20 slices. */
const personSeries = (n: number) => {
  const common = { subject: `P${String(n).padStart(3, "0")}`, study: `2.25.31.${n}` };
  return [
    madeSeries(1, { ...common, folder: `P${n}/1`, series: `2.25.31.${n}.1`, seed: n, shape: [96, 96, 120] }),
    madeSeries(2, {
      ...{ ...common, folder: `P${n}/2`, series: `2.25.31.${n}.2`, seed: n + 1, shape: [64, 64, 20], volumes: 30 },
      ...{ description: "rest", acquisition: "2D", sequence: "EP" },
    }),
  ];
};

const seconds = async (work: () => Promise<unknown>): Promise<number> => {
  const begin = performance.now();
  await work();
  return (performance.now() - begin) / 1_000;
};

const folder = await mkdtemp(join(tmpdir(), "bench-convert-"));
try {
  const [source, out] = [join(folder, "source"), join(folder, "out")];
  const numbers = Array.from({ length: people }, (_, index) => index + 1);
  await writeDicom(source, numbers.flatMap(personSeries));
  const files = (await readdir(source, { recursive: true })).filter((name) => name.endsWith(".dcm")).length;
  const program = await findDcm2niix();
  const python = await pythonWith("dcm2bids", peer.dcm2bids, [`dcm2niix==${peer.dcm2niix}`]);

  const bare = join(folder, "bare");
  await mkdir(bare);
  const bareSeconds = await seconds(() =>
    run(program.path, ["-b", "y", "-z", "i", "-f", "%i_%s", "-o", bare, source], { maxBuffer: 1 << 28 }),
  );

  const convert = async (): Promise<{ plan: number; write: number; converted: number }> => {
    const begin = performance.now();
    const conversion = await openConversion({ source, mapping, directory: out });
    const plan = (performance.now() - begin) / 1_000;
    try {
      const { converted, failures } = await conversion.write(out);
      if (failures.length > 0) throw new Error(failures[0]?.message);
      return { plan, write: (performance.now() - begin) / 1_000 - plan, converted };
    } finally {
      conversion.close();
    }
  };
  const first = await convert();
  const again = await convert();
  await writeDicom(source, personSeries(people + 1));
  const more = await convert();

  const peerSeconds = python === null ? null : await measureDcm2bids(dirname(python), source, numbers);
  const rate = (time: number): number => Math.round(files / time);
  const rows = [
    ["dcm2niix alone", bareSeconds],
    ["dataset convert: plan", first.plan],
    ["dataset convert: plan and write", first.plan + first.write],
    ["dataset convert: again", again.plan + again.write],
    [`dataset convert: one of ${people + 1} people new`, more.plan + more.write],
    ...(peerSeconds === null ? [] : [[`dcm2bids ${peer.dcm2bids}`, peerSeconds] as const]),
  ] as const;
  console.table(rows.map(([what, time]) => ({ what, seconds: Number(time.toFixed(2)), "files/s": rate(time) })));
  console.log(
    JSON.stringify({
      ...{ benchmark: "convert", people, files, images: first.converted, again: again.converted, more: more.converted },
      seconds: Object.fromEntries(rows.map(([what, time]) => [what, Number(time.toFixed(2))])),
    }),
  );
} finally {
  await rm(folder, { recursive: true, force: true });
}

/** Runs it once a person, as its documentation has it. */
async function measureDcm2bids(bin: string, source: string, numbers: readonly number[]): Promise<number> {
  const config = join(folder, "dcm2bids.json");
  const out = join(folder, "dcm2bids");
  await mkdir(out);
  await writeFile(
    config,
    JSON.stringify({
      descriptions: [
        { datatype: "anat", suffix: "T1w", criteria: { SeriesDescription: "t1_mprage" } },
        { datatype: "func", suffix: "bold", custom_entities: "task-rest", criteria: { SeriesDescription: "rest" } },
      ],
    }),
  );
  return seconds(async () => {
    for (const n of numbers)
      await run(join(bin, "dcm2bids"), ["-d", join(source, `P${n}`), "-p", `P${n}`, "-c", config, "-o", out], {
        env: { ...process.env, PATH: `${bin}:${process.env.PATH}` },
        maxBuffer: 1 << 28,
      });
  });
}
