import { readVariables } from "@rollerblade/service-kit";
import { z } from "zod";

/** The settings of the cluster that services read; the doctor reads the same variables. */
const scheduler = z.object({
  executor: z.string().default("local"),
  namespace: z.string().optional(),
  serviceAccount: z.string().default("default"),
  stagingImage: z.string().default(""),
  imagePullSecret: z.string().optional(),
});

const router = z.object({
  namespaces: z
    .string()
    .default("{}")
    .transform((text) => z.record(z.string(), z.string()).parse(JSON.parse(text))),
});

/** The parts of the cluster that this installation uses, according to the environment of this process. */
export type ClusterSettings = {
  /** Null where analyses do not run in a cluster. */
  readonly scheduler: z.output<typeof scheduler> | null;
  /** By namespace of documents: under whose rights their rules run. */
  readonly documents: Readonly<Record<string, string>>;
};

/** Reads the settings of the scheduler and the router that concern a cluster. @throws Problem `invalid` */
export const readClusterSettings = (environment: NodeJS.ProcessEnv = process.env): ClusterSettings => {
  const settings = readVariables("ROLLERBLADE_SCHEDULER", scheduler, environment);
  const { namespaces } = readVariables("ROLLERBLADE_PIPELINE_ROUTER", router, environment);
  return { scheduler: settings.executor === "kubernetes" ? settings : null, documents: namespaces };
};
