import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Mask, readMask } from "./nifti.ts";

const root = join(import.meta.dirname, "..", "..");

/** The example dataset. */
const colinMini = join(root, "examples", "datasets", "colin-mini");

/** One scan of the example dataset with what is true of it. */
export type Case = {
  readonly name: string;
  readonly subject: string;
  readonly session: string;
  readonly image: string;
  /** Millilitres. */
  readonly brainVolume: number;
};

/** All twelve scans, as the `sessions.tsv` of each subject lists them. */
export const cases: readonly Case[] = readdirSync(colinMini)
  .filter((name) => name.startsWith("sub-"))
  .sort()
  .flatMap((subject) => {
    const table = readFileSync(join(colinMini, subject, `${subject}_sessions.tsv`), "utf8");
    const [header = "", ...rows] = table.trim().split("\n");
    const column = header.split("\t").indexOf("brain_volume");
    return rows.map((row) => {
      const cells = row.split("\t");
      const session = cells[0] ?? "";
      const name = `${subject}_${session}`;
      const image = join(colinMini, subject, session, "anat", `${name}_T1w.nii.gz`);
      return { name, subject, session, image, brainVolume: Number(cells[column]) };
    });
  });

/** The true brain mask of a scan; no analysis can read it. */
export const truthOf = ({ name }: Pick<Case, "name">): Mask =>
  readMask(readFileSync(join(root, "tests", "data", "colin-mini-truth", `${name}_desc-truth_mask.nii.gz`)));
