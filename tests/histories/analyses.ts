import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { badValue } from "./study.ts";

const prelude = `const fs = require("node:fs");
const { join } = require("node:path");
const { ROLLERBLADE_IN: from, ROLLERBLADE_OUT: to } = process.env;
const { parameters } = JSON.parse(fs.readFileSync(join(from, "slice.json"), "utf8"));
const numbers = (input) => fs.existsSync(join(from, input))
  ? fs.readdirSync(join(from, input)).filter((name) => name.endsWith(".json") && name !== "index.json").sort()
    .map((name) => JSON.parse(fs.readFileSync(join(from, input, name), "utf8")).value).filter((value) => typeof value === "number")
  : [];
const write = (name, value) => fs.writeFileSync(join(to, name), JSON.stringify(value));
`;

/**
 * Three analyses that compute on the one voxel of each image: `value` of a scan (it refuses some, and finds a lesion in odd ones only),
 * `person` of a subject and `group` of the dataset.
 */
const analyses = [
  {
    name: "value",
    manifest: `level: scan
inputs:
  t1w: {suffix: T1w, extension: .nii.gz}
parameters: {type: object, properties: {scale: {type: number, default: 1}}}
outputs:
  value: {name: "{entities}_desc-value_values.json"}
  lesion: {name: "{entities}_desc-lesion_mask.nii.gz", required: false}`,
    code: `const bytes = require("node:zlib").gunzipSync(fs.readFileSync(join(from, "t1w.nii.gz")));
const value = bytes.readInt16LE(352);
if (value >= ${badValue}) { console.error("the image is blank"); process.exit(65); }
write("value.json", { value: value * parameters.scale });
if (value % 2 === 1) fs.copyFileSync(join(from, "t1w.nii.gz"), join(to, "lesion.nii.gz"));`,
  },
  ...["person", "group"].map((name) => ({
    name,
    manifest: `level: ${name === "person" ? "subject" : "dataset"}
inputs:
  values: {analysis: value, version: ^1, output: value, many: true}
outputs:
  total: {name: "{entities}_desc-${name}_values.json"}`,
    code: `const all = numbers("values"); write("total.json", { value: all.reduce((sum, one) => sum + one, 0), count: all.length });`,
  })),
];

/** Writes the analyses into a folder; gives back the paths of their manifests. */
export const writeAnalyses = async (folder: string): Promise<readonly string[]> => {
  const paths: string[] = [];
  for (const { name, manifest, code } of analyses) {
    const own = join(folder, name);
    await mkdir(own, { recursive: true });
    await writeFile(join(own, "main.cjs"), `${prelude}${code}\n`);
    await writeFile(
      join(own, "analysis.yaml"),
      `name: ${name}
version: 1.0.0
process: [node, main.cjs]
${manifest}
resources: {cpu: "0.2", memory: 64Mi, timeout: 60s}
retry: {attempts: 2, memoryStep: 1.5, memoryMax: 128Mi}
`,
    );
    paths.push(join(own, "analysis.yaml"));
  }
  return paths;
};

/** The pipeline documents among which a history changes. */
export const documents: readonly string[] = [
  { scale: 1, adult: 18, group: true },
  { scale: 2, adult: 18, group: true },
  { scale: 1, adult: 40, group: true },
  { scale: 1, adult: 18, group: false },
].map(
  ({ scale, adult, group }) => `datasets: [study]
rules:
  - name: value
    on: {scan: {suffix: T1w}}
    run: {analysis: value, version: ^1, parameters: {scale: ${scale}}}
  - name: person
    on: {derivative: {analysis: value, output: value}}
    when: subject.age >= ${adult}.0
    join: {by: [subject], need: [{analysis: value, output: value}], complete: settled}
    run: {analysis: person, version: ^1}
${
  group
    ? `  - name: group
    on: {derivative: {analysis: value, output: value}}
    join: {by: [dataset], need: [{analysis: value, output: value}], complete: settled}
    run: {analysis: group, version: ^1}
`
    : ""
}tags:
  - {name: value, from: {analysis: value, output: value}, title: Value, show: {kind: metric, value: /value}}
  - {name: lesion, from: {analysis: value, output: lesion}, title: Lesion, show: {kind: image}}
  - {name: person, from: {analysis: person, output: total}, title: Person, show: {kind: metric, value: /value}}
`,
);
