import { z } from "zod";

const json = <T extends z.ZodType>(schema: T) =>
  z
    .string()
    .transform((text, context) => {
      try {
        return JSON.parse(text);
      } catch {
        context.addIssue({ code: "custom", message: "should be JSON" });
        return z.NEVER;
      }
    })
    .pipe(schema);

const list = z.string().transform((text) => text.split(",").map((part) => part.trim()));

/** `z.coerce.boolean` takes every text for true. */
const yes = (standard: boolean) =>
  z.union([z.boolean(), z.enum(["true", "false"]).transform((text) => text === "true")]).default(standard);

/** Settings of the Kubernetes executor; they count with `ROLLERBLADE_SCHEDULER_EXECUTOR=kubernetes` only. */
export const kubernetesConfig = {
  namespace: z
    .string()
    .optional()
    .describe("The namespace of the Jobs; by default the one that the scheduler runs in."),
  stagingImage: z
    .string()
    .default("rollerblade/rollerblade:latest")
    .describe("The image of Rollerblade itself, which brings inputs in and outputs out."),
  stagingUrl: z
    .string()
    .default("http://scheduler:7700")
    .describe("Where Pods reach the scheduler, without anything in between that hides their addresses."),
  audience: z.string().default("rollerblade").describe("For whom the tokens of the Pods are meant."),
  serviceAccount: z
    .string()
    .default("rollerblade-analysis")
    .describe("The service account of the Pods, which needs no rights."),
  checkPodAddress: yes(true).describe(
    "Whether a token is good only from the address of its own Pod; off only where the network hides these addresses.",
  ),
  stagingMemory: z.coerce
    .number()
    .positive()
    .default(256 * 2 ** 20)
    .describe("Bytes of memory that each staging container has."),

  pods: z.coerce
    .number()
    .int()
    .min(1)
    .default(2_000)
    .describe("Pods that may run or be starting at once, over all replicas."),
  waitingPods: z.coerce
    .number()
    .int()
    .min(1)
    .default(500)
    .describe("Pods of one version of an analysis that may wait for a place, beyond those."),
  maxBatch: z.coerce
    .number()
    .int()
    .min(1)
    .max(5_000)
    .default(5_000)
    .meta({ description: "The largest number of slices in one Job.", formerly: "batchMost" }),
  batchMilliseconds: z.coerce
    .number()
    .min(0)
    .default(200)
    .describe("Milliseconds that a Job waits for more slices, when another one was made just before."),
  imageSeconds: z.coerce
    .number()
    .min(0)
    .default(120)
    .describe("Seconds after which an image that cannot be pulled, or a Pod that is refused, ends the attempt."),
  jobTtlSeconds: z.coerce
    .number()
    .int()
    .min(0)
    .default(300)
    .describe("Seconds that a finished Job stays to be looked at, if there are not too many of them."),
  finishedPods: z.coerce
    .number()
    .int()
    .min(0)
    .default(1_000)
    .describe("Pods of finished Jobs that stay at most: beyond them the oldest Jobs go before their time."),
  keepLogs: z
    .enum(["all", "failed"])
    .default("all")
    .describe("Whose logs are kept: those of all attempts, or of failed ones."),

  priorityClasses: list
    .optional()
    .describe("Names of the PriorityClasses for interactive runs, the pipeline and back-fills."),
  queue: z
    .string()
    .optional()
    .describe("The LocalQueue of Kueue that Jobs go through; `{owner}` stands for whoever asked."),
  placement: json(
    z.object({
      nodeSelector: z.record(z.string(), z.string()).optional(),
      tolerations: z.array(z.record(z.string(), z.json())).optional(),
    }),
  )
    .optional()
    .describe('Where Pods may run, as JSON: `{"nodeSelector": {…}, "tolerations": […]}`.'),
  imagePullSecret: z.string().optional().describe("The Secret for pulling images."),
  images: z
    .enum(["resolved", "by-name"])
    .default("resolved")
    .describe(
      "`resolved`: a name is what its registry says that it is when the analysis is created. `by-name`: a name without one stands for its content, which then must never change.",
    ),
} as const;

/** The same, parsed. */
export type KubernetesConfig = z.output<z.ZodObject<typeof kubernetesConfig>>;
