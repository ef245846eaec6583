import { availableParallelism, totalmem } from "node:os";
import { kubernetesConfig } from "@rollerblade/executors";
import { z } from "zod";

/** Names that are separated by commas. */
const names = z
  .string()
  .default("")
  .transform((text) => text.split(",").flatMap((part) => part.trim() || []));

/** Settings of the scheduler; each comes from `ROLLERBLADE_SCHEDULER_<NAME>`. */
export const schedulerConfig = z.object({
  // Where analyses run.
  executor: z
    .enum(["local", "kubernetes"])
    .default("local")
    .describe("`local`: on this machine, as processes or with Docker. `kubernetes`: as Pods of a cluster."),
  ...kubernetesConfig,

  // What this machine may run at once.
  cpus: z.coerce
    .number()
    .positive()
    .default(availableParallelism())
    .meta({ description: "Cores that analyses on this machine may use at once.", standard: "all of the machine" }),
  memory: z.coerce
    .number()
    .positive()
    .default(Math.floor(0.8 * totalmem()))
    .meta({
      description: "Bytes of memory that analyses on this machine may use at once.",
      standard: "four fifths of the machine's",
    }),
  scratch: z
    .string()
    .optional()
    .describe(
      "Folder for the files of attempts, of this account only: `scratch` in the folder of `rollerblade up`, else one below the system's temporary folder.",
    ),

  networks: names.describe(
    "Names that analyses may have under `network`, separated by commas; without it none reaches a network. Of a cluster, NetworkPolicies select Pods by the label `rollerblade.io/network`; of Docker, it is the name of a network.",
  ),

  registries: names.describe(
    "Registries that images may come from, separated by commas, such as `ghcr.io,docker.io`; without it every public one.",
  ),
  privateRegistries: names.describe(
    "Registries that may have a private address, separated by commas, such as `registry.lab:5000`; `http://registry.lab:5000` for one without TLS. All others are asked by HTTPS at public addresses only.",
  ),

  // What a right that is taken away ends.
  revocation: z
    .enum(["finish", "cancel"])
    .default("cancel")
    .describe(
      "What becomes of what runs when its owner loses a right that it needs: `cancel` ends it, `finish` lets it end and publishes it. What has not begun is refused in any case.",
    ),

  derivativeBytesPerDataset: z.coerce
    .number()
    .positive()
    .default(10 * 2 ** 40)
    .describe("Bytes of derivatives, in force and archived, that one dataset may hold; further ones are refused."),

  // How failures are met.
  retrySeconds: z.coerce
    .number()
    .min(0)
    .default(5)
    .describe("Seconds until the second attempt; each further one waits twice as long."),
  retrySecondsMax: z.coerce.number().min(0).default(300).describe("Longest wait between two attempts, in seconds."),

  stopAfterFailures: z.coerce
    .number()
    .int()
    .min(0)
    .default(5)
    .describe(
      "Slices after which a person's run ends by itself when all of them failed with the same message; 0 for never. A run may ask not to.",
    ),

  // How replicas find out that one of them died.
  leaseSeconds: z.coerce
    .number()
    .min(1)
    .default(30)
    .describe("Seconds that a claim on an attempt or a publication lasts without a sign of life."),
  sweepSeconds: z.coerce.number().min(0.1).default(5).describe("Seconds between two looks at what nobody announced."),
});

/** The same, parsed. */
export type SchedulerConfig = z.output<typeof schedulerConfig>;
