import { availableParallelism, totalmem } from "node:os";
import { kubernetesConfig } from "@rollerblade/executors";
import { z } from "zod";

/** Settings of the scheduler; each comes from `ROLLERBLADE_SCHEDULER_<NAME>`. */
export const schedulerConfig = z.object({
  // Where analyses run.
  /** `local`: on this machine, as processes or with Docker. `kubernetes`: as Pods of a cluster. */
  executor: z.enum(["local", "kubernetes"]).default("local"),
  ...kubernetesConfig,

  // What this machine may run at once.
  /** Cores. */
  cpus: z.coerce.number().positive().default(availableParallelism()),
  /** Bytes. */
  memory: z.coerce
    .number()
    .positive()
    .default(Math.floor(0.8 * totalmem())),
  /** Folder for the files of attempts; by default one below the system's temporary folder. */
  scratch: z.string().optional(),

  // How failures are met.
  /** Seconds until the second attempt; each further one waits twice as long. */
  retrySeconds: z.coerce.number().min(0).default(5),
  /** Longest wait between two attempts, in seconds. */
  retrySecondsMax: z.coerce.number().min(0).default(300),

  // How replicas find out that one of them died.
  /** Seconds that a claim on an attempt or a publication lasts without a sign of life. */
  leaseSeconds: z.coerce.number().min(1).default(30),
  /** Seconds between two looks at what nobody announced. */
  sweepSeconds: z.coerce.number().min(0.1).default(5),
});

/** The same, parsed. */
export type SchedulerConfig = z.output<typeof schedulerConfig>;
