import { jsonObjectSchema, sliceRefSchema } from "@rollerblade/abids/facts";
import { z } from "zod";
import type { RequestedSlice } from "./requested-slice.ts";

const sha256 = z.string().regex(/^sha256:[0-9a-f]{64}$/);
const size = z.number().int().min(0);

const companion = z.discriminatedUnion("kind", [
  z.object({ role: z.string(), kind: z.literal("metadata"), metadata: jsonObjectSchema }),
  z.object({ role: z.string(), kind: z.literal("file"), path: z.string(), size, sha256 }),
]);

const member = z.object({
  dataset: z.string(),
  path: z.string(),
  extension: z.string(),
  size,
  sha256,
  companions: z.array(companion),
  reads: jsonObjectSchema,
});

const missing = z.object({
  analysis: z.string(),
  output: z.string(),
  subject: z.string().nullable(),
  session: z.string().nullable(),
  scan: z.string().nullable(),
  why: z.string(),
});

/** A requested slice as it travels in messages and lies in tables. */
export const requestedSliceSchema: z.ZodType<RequestedSlice> = z.object({
  slice: sliceRefSchema,
  inputs: z.array(z.object({ name: z.string(), many: z.boolean(), members: z.array(member) })),
  entities: z.record(z.string(), z.string()),
  datatype: z.string().nullable(),
  missing: z.array(missing).optional(),
});
