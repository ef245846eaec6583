import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Mask, readMask } from "./nifti.ts";

const root = join(import.meta.dirname, "..", "..");

/** The example dataset. */
export const colinMini = join(root, "examples", "datasets", "colin-mini");

/** One scan of the example dataset with what is true of it. */
export type Case = {
  readonly name: string;
  readonly subject: string;
  readonly session: string;
  readonly image: string;
  /** Millilitres. */
  readonly brainVolume: number;
};

/** All twelve scans, as `phenotype/brain_volume.tsv` lists them. */
export const cases: readonly Case[] = readFileSync(join(colinMini, "phenotype", "brain_volume.tsv"), "utf8")
  .trim()
  .split("\n")
  .slice(1)
  .map((line) => {
    const [subject = "", session = "", brainVolume = ""] = line.split("\t");
    const name = `${subject}_${session}`;
    const image = join(colinMini, subject, session, "anat", `${name}_T1w.nii.gz`);
    return { name, subject, session, image, brainVolume: Number(brainVolume) };
  });

/** The true brain mask of a scan; no analysis can read it. */
export const truthOf = ({ name }: Pick<Case, "name">): Mask =>
  readMask(readFileSync(join(root, "tests", "data", "colin-mini-truth", `${name}_desc-truth_mask.nii.gz`)));
