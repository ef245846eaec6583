import { z } from "zod";

/** What `rollerblade demo --json` prints, as far as it is promised. */
export const demoDocument = z.object({
  scans: z.int(),
  executions: z.object({ run: z.int(), cached: z.int(), inPlace: z.int(), failed: z.int() }),
  derivatives: z.int(),
  results: z.int(),
  seconds: z.number(),
  brainVolumes: z.array(z.object({ subject: z.string(), session: z.string().nullable(), mL: z.number() })),
});
