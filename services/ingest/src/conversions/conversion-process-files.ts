import { join } from "node:path";
import { conversionReport, convertedFile } from "@rollerblade/client";
import { z } from "zod";

/** What the process of a conversion is asked for. */
export const conversionRequest = z.object({
  /** A folder, or `s3://bucket/prefix`. */
  source: z.string(),
  mapping: z.string(),
  plan: z.boolean(),
  force: z.boolean(),
});
export type ConversionRequest = z.output<typeof conversionRequest>;

/** What came of it; with a problem nothing is to be imported. */
export const conversionResult = conversionReport.extend({
  problem: z.object({ message: z.string(), next: z.string().nullable() }).nullable(),
});
export type ConversionResult = z.output<typeof conversionResult>;

/** One line of the file of entries. */
export const conversionEntry = convertedFile;

/** How far a conversion is: one line that its process prints. */
export const conversionProgress = z.object({ phase: z.string(), done: z.int(), of: z.int() });

/** Findings that are kept; errors come first. */
export const maxFindings = 1_000;

/** Where everything is in the folder of one conversion. */
export const filesIn = (folder: string) => ({
  request: join(folder, "request.json"),
  source: join(folder, "source"),
  /** The table of labels: beside the dataset, not in it. */
  labels: join(folder, "labels.json"),
  dataset: join(folder, "dataset"),
  /** What becomes of each file, as one JSON document a line. */
  entries: join(folder, "entries.jsonl"),
  result: join(folder, "result.json"),
  /** For what is unpacked and half made. */
  temporary: join(folder, "tmp"),
});
