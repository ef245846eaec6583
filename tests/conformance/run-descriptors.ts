/**
 * npm run conformance:run-descriptors -- NIWRAP: imports ten descriptors from a clone of styx-api/niwrap, creates them as analyses whose
 * program is `stand-in-process.ts`, runs them on one head, and compares what the program reads of its arguments with what it was to be
 * given, and what it wrote with what its descriptor says. It ends with 1 where anything differs.
 */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { manifestFrom } from "@rollerblade/analysis";
import { importBoutiques } from "@rollerblade/analysis/import";
import { parse, stringify } from "yaml";
import { z } from "zod";
import { settle } from "../e2e/settle.ts";
import { createWorld, root, type World } from "../e2e/world.ts";

type Case = {
  /** The folder of the descriptor below `src/niwrap`. */
  readonly tool: string;
  /** The input that the head is given for. */
  readonly file: string;
  readonly parameters: Readonly<Record<string, string | number | boolean | readonly (string | number)[]>>;
  /** What is there afterwards. */
  readonly outputs: readonly string[];
};

const cases: readonly Case[] = [
  {
    tool: "fsl/6.0.4/bet",
    file: "infile",
    parameters: {
      ...{ maskfile: "brain", fractional_intensity: 0.4, center_of_gravity: [32, 40, 30], binary_mask: true },
      ...{ overlay: true, approx_skull: true, vtk_mesh: true, additional_surfaces: true },
    },
    outputs: ["brain.nii.gz", "brain_mask.nii.gz", "brain_mesh.vtk", "brain_outskull_mesh.off"],
  },
  {
    tool: "fsl/6.0.4/robustfov",
    file: "input_file",
    parameters: { output_image: "cut", matrix_output: "matrix", brain_size: 160 },
    outputs: ["cut.nii.gz", "matrix.txt"],
  },
  {
    tool: "fsl/6.0.4/fslreorient2std",
    file: "input_image",
    parameters: { output_image: "turned", matrix_file: "turned.mat" },
    outputs: ["turned.nii.gz", "turned.mat"],
  },
  {
    tool: "fsl/6.0.4/fslroi",
    file: "infile",
    parameters: { outfile: "part.nii.gz", xmin: 1, xsize: 20, ymin: 2, ysize: 21, zmin: 3, zsize: 22 },
    outputs: ["part.nii.gz"],
  },
  {
    tool: "freesurfer/7.4.1/mri_convert",
    file: "inp_volume",
    parameters: { out_volume: "head.mgz", out_type: "mgz", scale_factor: 1.5, sphinx: true },
    outputs: ["head.mgz"],
  },
  {
    tool: "freesurfer/7.4.1/mri_binarize",
    file: "input_volume",
    parameters: { output_volume: "both.nii.gz", match_values: [2, 41, 77], binval: 3, fill_holes_flag: true },
    outputs: ["both.nii.gz"],
  },
  {
    tool: "freesurfer/7.4.1/mri_nu_correct.mni",
    file: "input_volume",
    parameters: { output_volume: "even.nii.gz", iterations: 2, proto_iterations: 1000, no_uchar: true },
    outputs: ["even.nii.gz"],
  },
  {
    tool: "afni/24.2.06/3dresample",
    file: "in_file",
    parameters: { prefix: "coarse.nii.gz", orientation: "RAS", resample_mode: "Li", voxel_size: [4, 4, 4.5] },
    outputs: ["coarse.nii.gz"],
  },
  {
    tool: "afni/24.2.06/3dAutomask",
    file: "in_file",
    parameters: { prefix: "mask.nii.gz", apply_prefix: "masked.nii.gz", clfrac: 0.5, dilate: 2 },
    outputs: ["mask.nii.gz", "masked.nii.gz"],
  },
  {
    tool: "ants/2.5.3/ThresholdImage",
    file: "image_in",
    parameters: { image_dimension: 3, out_image: "bright.nii.gz", threshlo: 100, threshhi: 900 },
    outputs: ["bright.nii.gz"],
  },
];

const head = join(root, "examples/datasets/colin-mini/sub-08/ses-baseline/anat/sub-08_ses-baseline_T1w.nii.gz");

const standIn = join(root, "tests/conformance/stand-in-process.ts");

const valuesIn = (text: string) => z.record(z.string(), z.unknown()).parse(JSON.parse(text));

const print = (text: string): void => void process.stdout.write(`${text}\n`);

const must = async (world: World, ...args: string[]): Promise<string> => {
  const { code, stdout, stderr } = await world.run(args);
  if (code !== 0) throw new Error(`rollerblade ${args.join(" ")} ended with ${code}\n${stdout}${stderr}`);
  return stdout;
};

const manifestFields = z.looseObject({
  name: z.string(),
  entrypoint: z.array(z.string()).optional(),
  command: z.array(z.unknown()).default([]),
});

/** Writes the folder of an analysis: what the import made of a descriptor, started as a process in the place of its image. */
const writeAnalysis = (folder: string, descriptor: string, program: readonly string[]): string => {
  mkdirSync(folder, { recursive: true });
  const { text } = importBoutiques(JSON.parse(readFileSync(descriptor, "utf8")), basename(descriptor));
  const { image: _, entrypoint = [], command, ...rest } = manifestFields.parse(parse(text));
  manifestFrom({ ...rest, image: "example.org/x:1", entrypoint, command });
  const words = entrypoint[0] === "env" ? entrypoint.filter((word, at) => at > 0 && !word.includes("=")) : entrypoint;
  writeFileSync(join(folder, "analysis.yaml"), stringify({ ...rest, process: [...program, ...words, ...command] }));
  return rest.name;
};

/** Options of `run` for parameters: JSON, whatever the schema says. */
const paramsOf = ({ parameters }: Case): string[] =>
  Object.entries(parameters).flatMap(([name, value]) => ["--param", `${name}:=${JSON.stringify(value)}`]);

const [niwrap = ""] = process.argv.slice(2);
const world = await createWorld();
let wrong = 0;
const check = (what: string, is: boolean, detail = ""): void => {
  if (!is) wrong += 1;
  print(`  ${is ? "ok   " : "WRONG"} ${what}${is ? "" : `: ${detail}`}`);
};

try {
  await world.up();
  const api = await world.api();
  const data = await world.copyOfColin("one");
  for (const entry of readdirSync(data))
    if (/^sub-/.test(entry) && entry !== "sub-08") rmSync(join(data, entry), { recursive: true });
  await must(world, "dataset", "import", data, "--name", "one");
  const derivatives = join(world.bucket, "datasets/one/derivatives");
  for (const one of cases) {
    const descriptor = join(niwrap, "src/niwrap", one.tool, "boutiques.json");
    const folder = join(world.folder, "analyses", basename(one.tool));
    mkdirSync(folder, { recursive: true });
    cpSync(descriptor, join(folder, "descriptor.json"));
    const program = [process.execPath, standIn, join(folder, "descriptor.json")];
    const name = writeAnalysis(folder, descriptor, program);
    print(`${one.tool} as ${name}`);
    await must(world, "analysis", "create", folder);
    await must(world, "run", name, "--dataset", "one", "--follow", ...paramsOf(one));
    await settle(api);
    const made = readdirSync(derivatives).find((entry) => entry.startsWith(`${name}-`)) ?? "";
    const files = existsSync(join(derivatives, made))
      ? readdirSync(join(derivatives, made), { recursive: true, encoding: "utf8" })
      : [];
    for (const output of one.outputs) {
      const found = files.find((file) => basename(file) === output);
      check(output, found !== undefined, `there are ${files.join(", ")}`);
      if (found?.endsWith(".nii.gz"))
        check(`${output} is the head`, readFileSync(join(derivatives, made, found)).equals(readFileSync(head)));
    }
    const recorded = files.find((file) => basename(file) === "arguments.json");
    const read = recorded === undefined ? "" : readFileSync(join(derivatives, made, recorded), "utf8").trim();
    const { [one.file]: given, ...values } = valuesIn(read || "{}");
    check("the program read every value", isDeepStrictEqual(values, one.parameters), `${JSON.stringify(values)}`);
    check("and the head", typeof given === "string" && /\.nii\.gz$/.test(given), String(given));
  }
} finally {
  await world.close();
}
print(wrong === 0 ? `${cases.length} tools ran, nothing differs` : `${wrong} differences`);
process.exitCode = wrong === 0 ? 0 : 1;
