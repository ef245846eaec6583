import { z } from "zod";
import type { Immutable } from "./immutable.ts";
import { sliceRefSchema } from "./slice.ts";

const source = z.object({ dataset: z.string(), path: z.string(), sha256: z.string() });

/** A file that something was made from, as it was then. */
export type Source = Immutable<z.infer<typeof source>>;

/** The schema of a {@link Source}. */
export const sourceSchema: z.ZodType<Source, Source> = source;

const derivativeFacts = z.object({
  /** UUIDv7. */
  id: z.string(),
  dataset: z.string(),
  /** Relative to the dataset: `derivatives/<analysis>-<version>/sub-…`. */
  path: z.string(),
  analysis: z.string(),
  version: z.string(),
  /** Eight hex digits where the parameters differ from the defaults, else empty. */
  parametersHash: z.string(),
  output: z.string(),
  /** Key of the execution that made it. */
  key: z.string(),
  slice: sliceRefSchema,
  entities: z.record(z.string(), z.string()),
  datatype: z.string().nullable(),
  suffix: z.string(),
  extension: z.string(),
  /** Bytes. */
  size: z.int(),
  sha256: z.string(),
  /** The data files that it was made from, in the order of the inputs. */
  sources: z.array(source),
  /** Rises with each change; the highest one counts. */
  revision: z.int(),
});

/** Everything that is known of one derivative that is in force. */
export type DerivativeFacts = Immutable<z.infer<typeof derivativeFacts>>;

/** The schema of {@link DerivativeFacts}. */
export const derivativeFactsSchema: z.ZodType<DerivativeFacts, DerivativeFacts> = derivativeFacts;
