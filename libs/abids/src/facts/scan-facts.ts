import { z } from "zod";
import type { Immutable } from "./immutable.ts";
import { jsonObjectSchema } from "./json-object.ts";
import type { SliceRef } from "./slice.ts";

const fileFact = z.object({
  path: z.string().describe("Relative to the dataset, with `/`."),
  role: z
    .string()
    .describe(
      "What the file is to its scan: `image` for the data file itself, else its extension without the dot (`json`, `bval`, `bvec`) or its suffix and extension (`events.tsv`).",
    ),
  size: z.int().describe("Bytes."),
  sha256: z.string().describe("`sha256:` and 64 hex digits."),
});

/** One file of a dataset. */
export type FileFact = Immutable<z.infer<typeof fileFact>>;

/** The schema of a {@link FileFact}. */
export const fileFactSchema: z.ZodType<FileFact, FileFact> = fileFact;

/**
 * The one definition of what is known of a scan. The type, the event's codec, the catalog's columns and the HTTP
 * response follow from it: a member here has the name of the protobuf field (in camel case) and of the column that hold
 * it.
 */
export const scanFactsFields = {
  dataset: z.string(),
  subject: z.string().describe("BIDS label without `sub-`."),
  session: z.string().nullable().describe("BIDS label without `ses-`, or null where the subject has no sessions."),
  path: z.string().describe("Path of the data file; it names the scan within its dataset."),
  datatype: z.string(),
  suffix: z.string(),
  extension: z.string().describe("With its dot, for example `.nii.gz`."),
  entities: z
    .record(z.string(), z.string())
    .describe("By the entity's key as it stands in file names (`sub`, `ses`, `run`), values as written."),
  metadata: jsonObjectSchema.describe("Sidecars merged by the inheritance principle."),
  subjectAttributes: jsonObjectSchema.describe(
    "The columns of `participants.tsv` for this subject, numbers as numbers, `n/a` as null.",
  ),
  sessionAttributes: jsonObjectSchema.describe(
    "The columns of `sessions.tsv` for this session; `age` falls back to the subject's.",
  ),
  scanAttributes: jsonObjectSchema
    .exactOptional()
    .describe(
      "The columns of `scans.tsv` for this scan, and of `samples.tsv` for its sample; absent where neither describes it.",
    ),
  image: jsonObjectSchema
    .exactOptional()
    .describe(
      "The header of its image (`dims`, `voxelSize` in mm, `repetitionTime` in s …); absent where none could be read.",
    ),
  files: z.array(fileFact).describe("Its image and its companions, the image first."),
  ignoredFiles: z
    .array(fileFact)
    .min(1)
    .exactOptional()
    .describe(
      "Files that `.bidsignore` names and that may go with it, each with the role `ignored`: they are given to an analysis that asks for them by name, and are no part of the scan otherwise. Absent where there are none.",
    ),
  revision: z.int().describe("Rises with each change; the highest one counts."),
};

const scanFacts = z.object(scanFactsFields);

/** Everything that is known of one scan. */
export type ScanFacts = Immutable<z.infer<typeof scanFacts>>;

/** The schema of {@link ScanFacts}. */
export const scanFactsSchema: z.ZodType<ScanFacts, ScanFacts> = scanFacts;

/** The texts of a scan's own that a query can ask for, each as `scan.<name>`. */
export const scanTexts = ["path", "datatype", "suffix", "extension"] as const satisfies readonly (keyof ScanFacts)[];

/** Returns the slice that a scan makes by itself. */
export const sliceOfScan = ({ dataset, subject, session, path }: ScanFacts): SliceRef => ({
  level: "scan",
  dataset,
  subject,
  session,
  scan: path,
});
