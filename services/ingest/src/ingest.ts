import type { Sql } from "@rollerblade/database";
import type { ServiceContext } from "@rollerblade/service-kit";
import { z } from "zod";
import type { StagedQuota } from "./staged/staged-quota.ts";

/** Settings of ingest. */
export const config = z.object({
  openHours: z.coerce
    .number()
    .positive()
    .default(7 * 24)
    .describe("How long an import of a whole dataset may rest before it expires."),
  batchHours: z.coerce
    .number()
    .positive()
    .default(6)
    .describe("After so long a batch no longer holds up whoever waits for all of it."),
  sweepSeconds: z.coerce.number().positive().default(600).describe("How often leftovers are looked for."),
  stagedBytesPerPerson: z.coerce
    .number()
    .positive()
    .default(2 ** 40)
    .describe("Bytes that one person may have staged in imports that are not finished; 1 TiB."),
  fileBytes: z.coerce
    .number()
    .positive()
    .default(2 ** 37)
    .describe("Bytes that one uploaded file may have; 128 GiB."),
  conversionFolder: z
    .string()
    .default("")
    .describe("Where conversions to BIDS are carried out; the folder of temporary files where it is empty."),
  conversionBytes: z.coerce
    .number()
    .positive()
    .default(20 * 2 ** 30)
    .describe(
      "Bytes that one conversion may take there, with its source, what is unpacked of it, and the dataset; 20 GiB.",
    ),
  conversionMinutes: z.coerce
    .number()
    .positive()
    .default(6 * 60)
    .describe("How long the process of one conversion may take."),
  copies: z.coerce.number().int().positive().default(16).describe("Objects of one import that are copied at once."),
});

/** What the parts of ingest are given: the service's context, a pool for locks that are held for long, and what people may stage. */
export type Ingest = ServiceContext<z.output<typeof config>> & { readonly locks: Sql; readonly quota: StagedQuota };
