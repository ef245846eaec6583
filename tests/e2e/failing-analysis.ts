import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** One way in which an analysis can go wrong, with the reason that a person must see. */
export type Failure = {
  readonly name: string;
  /** JavaScript that the container runs; `t1w` is its input, `out` its output folder, `image` the declared output. */
  readonly code: string;
  /** How long it may take. @default "60s" */
  readonly timeout?: string;
  /** How often it is tried. */
  readonly attempts: number;
  /** Outcome of each attempt. */
  readonly outcome: string;
  /** What the reason must match. */
  readonly reason: RegExp;
};

/** Every way that the interface of an analysis knows. */
export const failures: readonly Failure[] = [
  {
    name: "bad-input",
    code: 'console.error("the image is blank"); process.exit(65);',
    attempts: 1,
    outcome: "bad-input",
    reason: /65.*the image is blank/s,
  },
  {
    name: "crash",
    code: 'console.error("segmentation went wrong"); process.exit(1);',
    attempts: 2,
    outcome: "failed",
    reason: /1.*segmentation went wrong/s,
  },
  {
    name: "endless",
    code: "setInterval(() => {}, 1000);",
    timeout: "2s",
    attempts: 2,
    outcome: "timed-out",
    reason: /2 ?s/,
  },
  {
    name: "greedy",
    code: "const kept = []; setInterval(() => kept.push(Buffer.alloc(32 << 20, 1)), 20);",
    attempts: 2,
    outcome: "out-of-memory",
    reason: /memory/i,
  },
  { name: "forgetful", code: "", attempts: 2, outcome: "bad-output", reason: /image/ },
  {
    name: "chatty",
    code: 'fs.copyFileSync(t1w, image); fs.writeFileSync(join(out, "surprise.txt"), "!");',
    attempts: 2,
    outcome: "bad-output",
    reason: /surprise\.txt/,
  },
  {
    name: "linker",
    code: "fs.symlinkSync('/etc/passwd', image);",
    attempts: 2,
    outcome: "bad-output",
    reason: /image/,
  },
];

const prelude = `const fs = require("node:fs");
const { join } = require("node:path");
const t1w = join(process.env.ROLLERBLADE_IN, "t1w.nii.gz");
const out = process.env.ROLLERBLADE_OUT;
const image = join(out, "image.nii.gz");`;

/** The analysis that does what it should: it copies the image. */
export const wellBehaved = {
  name: "copy",
  code: "fs.copyFileSync(t1w, image);",
};

/** Writes an analysis of one small program into a folder of its own, and gives back the manifest's path. */
export const writeAnalysis = async (
  folder: string,
  { name, code, timeout = "60s" }: { readonly name: string; readonly code: string; readonly timeout?: string },
  output = `{entities}_desc-${name.replaceAll("-", "")}_T1w.nii.gz`,
): Promise<string> => {
  const own = join(folder, "analyses", name);
  await mkdir(own, { recursive: true });
  await writeFile(
    join(own, "main.cjs"),
    `${prelude}
${code}
`,
  );
  const manifest = `name: ${name}
version: 1.0.0
process: [node, main.cjs]
level: scan
inputs:
  t1w: {suffix: T1w, extension: .nii.gz}
resources: {cpu: "0.5", memory: 128Mi, timeout: ${timeout}}
outputs:
  image: {name: "${output}", metadata: {SkullStripped: false}}
retry: {attempts: 2, memoryStep: 1.5, memoryMax: 192Mi}
`;
  await writeFile(join(own, "analysis.yaml"), manifest);
  return join(own, "analysis.yaml");
};
