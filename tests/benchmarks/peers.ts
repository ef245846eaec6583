/**
 * The same little project with Rollerblade and with Snakemake plus PyBIDS, in one run: two datasets, a mask of each scan, a table of each
 * dataset with ages, then an age is corrected, a scan replaced, and a scan added. Prints the lines that a person writes, the seconds of each step, and how
 * many masks and tables were computed. Environments of Python are built before anything is timed.
 */
import { execFile } from "node:child_process";
import { cp, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { gunzipSync, gzipSync } from "node:zlib";
import { pythonWith } from "../e2e/python.ts";
import { settle } from "../e2e/settle.ts";
import { since, workDone } from "../e2e/work-done.ts";
import { createWorld, type World } from "../e2e/world.ts";
import { must } from "./scheduler/must.ts";

const run = promisify(execFile);
const projects = join(import.meta.dirname, "peers");
const colin = join(import.meta.dirname, "..", "..", "examples", "datasets", "colin-mini");

/** Who is in which dataset, so that the two have nobody in common. */
const people = { one: ["01", "02", "03", "04"], two: ["05", "06", "07", "08"] };

/** What was done in a step. */
type Step = { readonly seconds: number; readonly masks: number; readonly tables: number };

/** A project that is worked on, step by step. */
type Peer = {
  /** Brings all results up to date, and counts what was computed. */
  update(): Promise<{ masks: number; tables: number }>;
  /** Corrects the age of sub-01. */
  correctAge(years: number): Promise<void>;
  /** Replaces the scan of sub-02 by another image. */
  replaceScan(): Promise<void>;
  /** Adds a second session of sub-01. */
  addScan(): Promise<void>;
};

const cutDataset = async (target: string, labels: readonly string[]): Promise<void> => {
  await cp(colin, target, { recursive: true });
  for (const name of await readdir(target)) {
    if (name.startsWith("sub-") && !labels.includes(name.slice(4))) await rm(join(target, name), { recursive: true });
  }
  await editTable(target, (lines) => lines.filter((line, index) => index === 0 || labels.includes(line.slice(4, 6))));
};

const editTable = async (dataset: string, edit: (lines: string[]) => string[]): Promise<void> => {
  const path = join(dataset, "participants.tsv");
  await writeFile(path, `${edit((await readFile(path, "utf8")).trimEnd().split("\n")).join("\n")}\n`);
};

const scanOf = (dataset: string, label: string, session: string): string =>
  join(dataset, `sub-${label}`, `ses-${session}`, "anat", `sub-${label}_ses-${session}_T1w.nii.gz`);

/** Writes an image of the same form that nobody has, with its sidecar: that of sub-02 with other voxels in its first slices. */
const writeOtherImage = async (target: string, voxel: number): Promise<void> => {
  const source = scanOf(colin, "02", "baseline");
  const image = gunzipSync(await readFile(source));
  image.fill(voxel, headerBytes, headerBytes + 1000);
  await mkdir(dirname(target), { recursive: true });
  await cp(source.replace(".nii.gz", ".json"), target.replace(".nii.gz", ".json"));
  await writeFile(`${target}.new`, gzipSync(image));
  await rename(`${target}.new`, target);
};

/** Where the voxels of a NIfTI-1 file without extensions begin (`vox_offset`). */
const headerBytes = 352;

const changesOf = (dataset: string): Pick<Peer, "replaceScan" | "addScan"> => ({
  replaceScan: () => writeOtherImage(scanOf(dataset, "02", "baseline"), 1),
  addScan: () => writeOtherImage(scanOf(dataset, "01", "followup"), 2),
});

const rollerblade = async (world: World, folder: string): Promise<Peer> => {
  const project = join(projects, "rollerblade");
  for (const analysis of ["mask", "group"]) await must(world, ["analysis", "create", join(project, analysis)]);
  const api = await world.api();
  let before = await workDone(api);
  let started = false;
  return {
    update: async () => {
      for (const dataset of Object.keys(people)) await must(world, ["dataset", "import", join(folder, dataset)]);
      if (!started) await must(world, ["pipeline", "apply", join(project, "pipeline.yaml")]);
      started = true;
      await settle(api);
      const after = await workDone(api);
      const done = since(before, after);
      before = after;
      return { masks: done["peer-mask ran"] ?? 0, tables: done["peer-group ran"] ?? 0 };
    },
    correctAge: (years) => must(world, ["subject", "set", "one", "01", "--age", String(years)]),
    ...changesOf(join(folder, "one")),
  };
};

const snakemake = async (python: string, folder: string): Promise<Peer> => {
  await cp(join(projects, "snakemake"), folder, { recursive: true });
  return {
    update: async () => {
      const { stdout, stderr } = await run(join(dirname(python), "snakemake"), ["--cores", "2"], {
        cwd: folder,
        maxBuffer: 1 << 28,
      });
      // Snakemake begins with a table of the jobs that it will start, if there are any.
      const jobs = (rule: string): number =>
        Number(new RegExp(`^${rule} +(\\d+)`, "m").exec(stdout + stderr)?.[1] ?? 0);
      return { masks: jobs("mask"), tables: jobs("group") };
    },
    correctAge: (years) =>
      editTable(join(folder, "one"), (lines) =>
        lines.map((line) => (line.startsWith("sub-01\t") ? line.replace(/\t[\d.]+\t/, `\t${years}\t`) : line)),
      ),
    ...changesOf(join(folder, "one")),
  };
};

const timed = async (work: () => Promise<{ masks: number; tables: number }>): Promise<Step> => {
  const begin = performance.now();
  const done = await work();
  return { seconds: Number(((performance.now() - begin) / 1000).toFixed(1)), ...done };
};

const walk = async (peer: Peer): Promise<Record<string, Step>> => ({
  "first time": await timed(() => peer.update()),
  "nothing changed": await timed(() => peer.update()),
  "an age corrected": await timed(async () => {
    await peer.correctAge(25);
    return peer.update();
  }),
  "a scan replaced": await timed(async () => {
    await peer.replaceScan();
    return peer.update();
  }),
  "a scan added": await timed(async () => {
    await peer.addScan();
    return peer.update();
  }),
});

/** Lines with something on them that a person writes for a project, locks of packages aside. */
const linesOf = async (project: string): Promise<number> => {
  const entries = await readdir(join(projects, project), { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && entry.name !== "requirements.txt");
  const texts = await Promise.all(files.map(({ parentPath, name }) => readFile(join(parentPath, name), "utf8")));
  return texts.flatMap((text) => text.split("\n")).filter((line) => line.trim() !== "").length;
};

const python = await pythonWith("snakemake", "9.27.1", ["pybids==0.22.0", "nibabel==5.4.2"]);
if (python === null) throw new Error("Snakemake needs python3 with its venv module (python3-venv).");
const world = await createWorld();
try {
  const folders = { rollerblade: join(world.folder, "ours"), snakemake: join(world.folder, "theirs") };
  for (const folder of Object.values(folders)) {
    for (const [name, labels] of Object.entries(people)) await cutDataset(join(folder, name), labels);
  }
  await world.up();
  const ours = await walk(await rollerblade(world, folders.rollerblade));
  const theirs = await walk(await snakemake(python, folders.snakemake));
  const lines = { rollerblade: await linesOf("rollerblade"), snakemake: await linesOf("snakemake") };
  console.log(
    "Seconds, and how many masks and tables were computed; ours include one second in which nothing may change",
  );
  const show = ({ seconds, masks, tables }: Step): string => `${seconds} s, ${masks} masks, ${tables} tables`;
  console.table({
    "lines written": lines,
    ...Object.fromEntries(
      Object.entries(ours).map(([step, done]) => {
        const other = theirs[step];
        return [step, { rollerblade: show(done), snakemake: other === undefined ? "" : show(other) }];
      }),
    ),
  });
  console.log(JSON.stringify({ benchmark: "peers", lines, rollerblade: ours, snakemake: theirs }));
} finally {
  await world.close();
}
