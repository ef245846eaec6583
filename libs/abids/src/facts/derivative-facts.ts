import { z } from "zod";
import type { Immutable } from "./immutable.ts";
import { sliceRefSchema } from "./slice.ts";

const source = z.object({ dataset: z.string(), path: z.string(), sha256: z.string() });

/** A file that something was made from, as it was then. */
export type Source = Immutable<z.infer<typeof source>>;

/** The schema of a {@link Source}. */
export const sourceSchema: z.ZodType<Source, Source> = source;

const derivativeFacts = z.object({
  id: z.string().describe("UUIDv7."),
  dataset: z.string(),
  path: z.string().describe("Relative to the dataset: `derivatives/<analysis>-<version>/sub-…`."),
  analysis: z.string(),
  version: z.string(),
  parametersHash: z.string().describe("Eight hex digits where the parameters differ from the defaults, else empty."),
  output: z.string(),
  key: z.string().describe("Key of the execution that made it."),
  slice: sliceRefSchema,
  entities: z.record(z.string(), z.string()),
  datatype: z.string().nullable(),
  suffix: z.string(),
  extension: z.string(),
  size: z.int().describe("Bytes."),
  sha256: z.string(),
  sources: z.array(source).describe("The data files that it was made from, in the order of the inputs."),
  revision: z.int().describe("Rises with each change; the highest one counts."),
});

/** Everything that is known of one derivative that is in force. */
export type DerivativeFacts = Immutable<z.infer<typeof derivativeFacts>>;

/** The schema of {@link DerivativeFacts}. */
export const derivativeFactsSchema: z.ZodType<DerivativeFacts, DerivativeFacts> = derivativeFacts;
