import type { Executor } from "@rollerblade/executors";
import { createClusterView, createKubernetesExecutor } from "@rollerblade/executors/kubernetes";
import { connectCluster } from "@rollerblade/kubernetes";
import { crashPoint } from "../crash-points.ts";
import type { Scheduler } from "../scheduler.ts";
import { createNotes, createPlaces, createReports } from "./placed-attempts.ts";
import { createIdentify } from "./pod-identity.ts";
import { serveStaging } from "./serve-staging.ts";

/**
 * Opens the executor of the cluster that the environment names, and serves the routes by which its Pods fetch and report.
 * @param installation tells our Jobs from those of another installation in the same namespace
 * @throws Problem `invalid` when no cluster is named
 */
export const openKubernetes = async (scheduler: Scheduler, installation: string): Promise<Executor> => {
  const { config, log, signal } = scheduler;
  const client = await connectCluster();
  const namespace = config.namespace ?? client.namespace;
  const cluster = { client, namespace };
  const view = createClusterView({ client, namespace, installation, log, signal });
  const executor = createKubernetesExecutor({
    cluster,
    view,
    settings: { ...config, installation },
    places: createPlaces(scheduler),
    reports: createReports(scheduler),
    notes: createNotes(scheduler),
    log,
    signal,
    every: (name, ms, work) => scheduler.every(name, ms, work),
    crashPoint,
  });
  const { audience, serviceAccount, checkPodAddress: checkAddress } = config;
  const identify = createIdentify({ client, view, namespace, serviceAccount, audience, checkAddress });
  serveStaging(scheduler, { identify, report: executor.report });
  return executor;
};
