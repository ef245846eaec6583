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
  /** The namespace of the Jobs; by default the one that the scheduler runs in. */
  namespace: z.string().optional(),
  /** The image of Rollerblade itself, which brings inputs in and outputs out. */
  stagingImage: z.string().default("rollerblade/rollerblade:latest"),
  /** Where Pods reach the scheduler, without anything in between that hides their addresses. */
  stagingUrl: z.string().default("http://scheduler:7700"),
  /** For whom the tokens of the Pods are meant. */
  audience: z.string().default("rollerblade"),
  /** The service account of the Pods, which needs no rights. */
  serviceAccount: z.string().default("rollerblade-analysis"),
  /** Whether a token is good only from the address of its own Pod; off only where the network hides these addresses. */
  checkPodAddress: yes(true),
  /** Bytes of memory that each staging container has. */
  stagingMemory: z.coerce
    .number()
    .positive()
    .default(256 * 2 ** 20),

  /** Pods that may run or be starting at once, over all replicas. */
  pods: z.coerce.number().int().min(1).default(2_000),
  /** Pods of one version of an analysis that may wait for a place, beyond those. */
  waitingPods: z.coerce.number().int().min(1).default(500),
  /** Slices of one Job at most. */
  batchMost: z.coerce.number().int().min(1).max(5_000).default(5_000),
  /** Milliseconds that a Job waits for more slices, when another one was made just before. */
  batchMilliseconds: z.coerce.number().min(0).default(200),
  /** Seconds after which an image that cannot be pulled, or a Pod that is refused, ends the attempt. */
  imageSeconds: z.coerce.number().min(0).default(120),
  /** Seconds that a finished Job stays to be looked at, if there are not too many of them. */
  jobTtlSeconds: z.coerce.number().int().min(0).default(300),
  /** Pods of finished Jobs that stay at most: beyond them the oldest Jobs go before their time. */
  finishedPods: z.coerce.number().int().min(0).default(1_000),
  /** Whose logs are kept: those of all attempts, or of failed ones. */
  keepLogs: z.enum(["all", "failed"]).default("all"),

  /** Names of the PriorityClasses for interactive runs, the pipeline and back-fills. */
  priorityClasses: list.optional(),
  /** The LocalQueue of Kueue that Jobs go through; `{owner}` stands for whoever asked. */
  queue: z.string().optional(),
  /** Where Pods may run, as JSON: `{"nodeSelector": {…}, "tolerations": […]}`. */
  placement: json(
    z.object({
      nodeSelector: z.record(z.string(), z.string()).optional(),
      tolerations: z.array(z.record(z.string(), z.json())).optional(),
    }),
  ).optional(),
  /** The Secret for pulling images. */
  imagePullSecret: z.string().optional(),
  /** `resolved`: a name is what its registry says that it is when the analysis is created. `by-name`: a name without one stands for its content, which then must never change. */
  images: z.enum(["resolved", "by-name"]).default("resolved"),
} as const;

/** The same, parsed. */
export type KubernetesConfig = z.output<z.ZodObject<typeof kubernetesConfig>>;
