import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** What a trivial analysis reads. */
export type TrivialAnalysis = {
  readonly name: string;
  /** Reads the output of this analysis; without it, the raw scan. */
  readonly of?: string;
};

/** Writes an analysis that copies its input with `cp`, and gives back the manifest's path. */
export const writeTrivialAnalysis = async (folder: string, { name, of }: TrivialAnalysis): Promise<string> => {
  const own = join(folder, name);
  await mkdir(own, { recursive: true });
  const input = of === undefined ? "{suffix: T1w, extension: .nii.gz}" : `{analysis: ${of}, version: ^1, output: copy}`;
  const manifest = `name: ${name}
version: 1.0.0
process: [cp, "{in.image}", "{out.copy}"]
level: scan
inputs:
  image: ${input}
resources: {cpu: "0.25", memory: 16Mi, timeout: 1m}
outputs:
  copy: {name: "{entities}_desc-${name}_T1w.nii.gz"}
`;
  await writeFile(join(own, "analysis.yaml"), manifest);
  return join(own, "analysis.yaml");
};
