/** The files of a new analysis by name. */
export type Template = Readonly<Record<string, string>> & { readonly "analysis.yaml": string };

/** Everything of the manifest but how the code is started. */
const manifest = (name: string, start: string): string => `name: ${name}
version: 0.1.0
description: Extent and mean intensity of a T1-weighted image
${start}
level: scan
inputs:
  t1w: {suffix: T1w, extension: .nii.gz}
parameters:
  properties:
    threshold: {type: number, default: 0, description: Intensity above which voxels are counted}
resources: {cpu: 1, memory: 2Gi, timeout: 10m}
outputs:
  summary: {name: "{entities}_desc-${name.replaceAll("-", "")}_summary.json"}
`;

/** An analysis in Python with nibabel and numpy, in an environment that the server builds from requirements.txt. */
export const pythonTemplate = (name: string): Template => ({
  "analysis.yaml": manifest(name, "process: [python, main.py]\nenvironment: requirements.txt"),
  // Pinned, so that the same results come out of it next year. There are wheels for Python 3.9 and newer.
  "requirements.txt": `nibabel==5.3.2
numpy==2.0.2; python_version < "3.11"
numpy==2.3.5; python_version >= "3.11"
`,
  "main.py": `"""Reads the inputs in $ROLLERBLADE_IN and writes the outputs that analysis.yaml declares to $ROLLERBLADE_OUT."""

import json
import os
import sys
from pathlib import Path

import nibabel as nib
import numpy as np

inputs = Path(os.environ["ROLLERBLADE_IN"])
outputs = Path(os.environ["ROLLERBLADE_OUT"])

parameters = json.loads((inputs / "slice.json").read_text())["parameters"]
image = nib.load(inputs / "t1w.nii.gz")
data = np.asanyarray(image.dataobj)
above = data[data > parameters["threshold"]]
if above.size == 0:
    # 65 means that the input is bad: nobody tries again, and people read this sentence.
    print("no voxel is above the threshold", file=sys.stderr)
    sys.exit(65)

millimetres = np.multiply(image.shape[:3], image.header.get_zooms()[:3])
summary = {
    "millimetres": [round(float(one), 3) for one in millimetres],
    "voxels": int(above.size),
    "mean": round(float(above.mean()), 3),
}
(outputs / "summary.json").write_text(json.dumps(summary))
`,
});

/** An analysis in JavaScript, which needs nothing but Rollerblade's own Node. */
export const nodeTemplate = (name: string): Template => ({
  "analysis.yaml": manifest(name, "process: [node, main.js]"),
  "package.json": `${JSON.stringify({ name, private: true, type: "module" }, null, 2)}\n`,
  "main.js": `// Reads the inputs in $ROLLERBLADE_IN and writes the outputs that analysis.yaml declares to $ROLLERBLADE_OUT.
import { readFileSync, writeFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";

const { ROLLERBLADE_IN, ROLLERBLADE_OUT } = process.env;
const { parameters } = JSON.parse(readFileSync(\`\${ROLLERBLADE_IN}/slice.json\`, "utf8"));
const image = gunzipSync(readFileSync(\`\${ROLLERBLADE_IN}/t1w.nii.gz\`));

// The header of NIfTI-1 in its usual byte order: dim[1..3] at byte 42, datatype at 70, pixdim[1..3] (mm) at 80, vox_offset at 108.
const axes = [0, 1, 2];
const dim = axes.map((axis) => image.readInt16LE(42 + 2 * axis));
const millimetres = axes.map((axis) => dim[axis] * image.readFloatLE(80 + 4 * axis));
const types = { 2: Uint8Array, 4: Int16Array, 8: Int32Array, 16: Float32Array, 64: Float64Array, 512: Uint16Array };
const Type = types[image.readInt16LE(70)];
if (Type === undefined) {
  // 65 means that the input is bad: nobody tries again, and people read this sentence.
  console.error("the image has voxels of a type that this analysis does not read");
  process.exit(65);
}
const voxels = new Type(Uint8Array.from(image.subarray(image.readFloatLE(108))).buffer);
const above = voxels.filter((value) => value > parameters.threshold);
if (above.length === 0) {
  console.error("no voxel is above the threshold");
  process.exit(65);
}
const mean = above.reduce((sum, value) => sum + value / above.length, 0);
writeFileSync(\`\${ROLLERBLADE_OUT}/summary.json\`, JSON.stringify({ millimetres, voxels: above.length, mean }));
`,
});
