import { datasetNamePattern } from "@rollerblade/abids";
import { type DerivativeFacts, type ScanFacts, type SliceFacts, sliceRefSchema } from "@rollerblade/analysis";
import { z } from "zod";

/** A dataset's name. */
export const datasetName = z
  .string()
  .regex(datasetNamePattern, "1 to 63 letters, digits, - and _, a letter or digit first");

/** The part of a Query that one item of its result is. */
export const levelSchema = z.enum(["scan", "session", "subject", "dataset"]);

const jsonObject = z.record(z.string(), z.json());
const entities = z.record(z.string(), z.string());

/** One file of a scan. */
export const fileFactSchema = z.object({ path: z.string(), role: z.string(), size: z.int(), sha256: z.string() });

/** Everything that is known of one scan. */
export const scanFactsSchema: z.ZodType<ScanFacts, ScanFacts> = z.object({
  dataset: z.string(),
  subject: z.string(),
  session: z.string().nullable(),
  path: z.string(),
  datatype: z.string(),
  suffix: z.string(),
  extension: z.string(),
  entities,
  metadata: jsonObject,
  subjectAttributes: jsonObject,
  sessionAttributes: jsonObject,
  scanAttributes: jsonObject.exactOptional(),
  image: jsonObject.exactOptional(),
  files: z.array(fileFactSchema),
  revision: z.int(),
});

/** Everything that is known of one derivative. */
export const derivativeFactsSchema: z.ZodType<DerivativeFacts, DerivativeFacts> = z.object({
  id: z.string(),
  dataset: z.string(),
  path: z.string(),
  analysis: z.string(),
  version: z.string(),
  parametersHash: z.string(),
  output: z.string(),
  key: z.string(),
  slice: sliceRefSchema,
  entities,
  datatype: z.string().nullable(),
  suffix: z.string(),
  extension: z.string(),
  size: z.int(),
  sha256: z.string(),
  sources: z.array(z.object({ dataset: z.string(), path: z.string(), sha256: z.string() })),
  revision: z.int(),
});

/** One slice with all that is in it. */
export const sliceFactsSchema: z.ZodType<SliceFacts, SliceFacts> = z.object({
  slice: sliceRefSchema,
  scans: z.array(scanFactsSchema),
  derivatives: z.array(derivativeFactsSchema),
});
