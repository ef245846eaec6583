import { createHash } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  createEnvironments,
  createGate,
  createLocalExecutor,
  createProcessSandbox,
  type Executor,
  identifyProcess,
  makePrivateFolder,
} from "@rollerblade/executors";
import type { IdentifyCode } from "./analyses/create-analysis.ts";
import type { Scheduler } from "./scheduler.ts";

/** The executors that there are here, and which of them runs what. */
export type Executors = {
  readonly all: readonly Executor[];
  /** The executor for code such as `image:sha256:…`. @throws Error for code that cannot run here */
  of(code: string): Executor;
  /** Identifies code in a folder on this machine; null where no processes run. @throws Problem `invalid` for code that cannot be run */
  readonly identify: IdentifyCode | null;
};

/** Processes run in the embedded mode only; with a cluster, everything runs there. */
export const createExecutors = async (scheduler: Scheduler): Promise<Executors> => {
  const { config, settings, objects } = scheduler;
  // Whatever outlives us carries this name, so that two installations on one machine leave each other alone.
  const installation = createHash("sha256").update(withoutSecrets(settings.databaseUrl)).digest("hex").slice(0, 12);
  if (config.executor === "kubernetes") {
    // Loaded where there is a cluster only: a client of the whole Kubernetes API takes memory.
    const { openKubernetes } = await import("./staging/open-kubernetes.ts");
    const kubernetes = await openKubernetes(scheduler, installation);
    return { all: [kubernetes], of: () => kubernetes, identify: null };
  }
  const scratch = makePrivateFolder(config.scratch ?? join(tmpdir(), `rollerblade-${installation}`));
  const capacity = { cpu: config.cpus, memory: config.memory };
  const gate = createGate(capacity);
  const { createDockerSandbox } = await import("@rollerblade/executors/docker");
  const docker = createLocalExecutor({
    objects,
    gate,
    scratch: makePrivateFolder(join(scratch, "docker")),
    sandbox: createDockerSandbox(installation, capacity),
  });
  if (settings.mode !== "embedded") return { all: [docker], of: () => docker, identify: null };
  const folder = makePrivateFolder(join(scratch, "process"));
  const environments = createEnvironments(makePrivateFolder(join(scratch, "environments")));
  const process = createLocalExecutor({
    objects,
    gate,
    scratch: folder,
    sandbox: createProcessSandbox(folder, capacity, environments),
  });
  return {
    all: [process, docker],
    of: (code) => (code.startsWith("process:") ? process : docker),
    identify: (manifest, folder) => identifyProcess(environments, manifest, folder),
  };
};

/** The same database is the same installation, also when its password changes. */
const withoutSecrets = (databaseUrl: string): string => {
  const { host, pathname } = new URL(databaseUrl);
  return host + pathname;
};
