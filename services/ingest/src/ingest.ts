import type { Sql } from "@rollerblade/database";
import type { ServiceContext } from "@rollerblade/service-kit";
import { z } from "zod";

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
  copies: z.coerce.number().int().positive().default(16).describe("Objects of one import that are copied at once."),
});

/** What the parts of ingest are given: the service's context, and a pool for locks that are held for long. */
export type Ingest = ServiceContext<z.output<typeof config>> & { readonly locks: Sql };
