import { createClusterClient, readClusterAddress } from "@rollerblade/kubernetes";
import type { Scheduler } from "../../scheduler.ts";
import type { Executor } from "../executor.ts";
import { createClusterView } from "./cluster-view.ts";
import { createKubernetesExecutor } from "./kubernetes-executor.ts";
import { createIdentify } from "./pod-identity.ts";
import { serveStaging } from "./serve-staging.ts";

/**
 * The executor of the cluster that the environment names, with the routes by which its Pods speak to us.
 * @throws Problem `invalid` when no cluster is named
 */
export const openKubernetes = (scheduler: Scheduler, installation: string): Executor => {
  const { config, log, signal } = scheduler;
  const client = createClusterClient(readClusterAddress());
  const namespace = config.namespace ?? client.namespace;
  const cluster = { client, namespace };
  const view = createClusterView({ client, namespace, installation, log, signal });
  const executor = createKubernetesExecutor({ scheduler, cluster, view, settings: { ...config, installation } });
  const { audience, serviceAccount, checkPodAddress: checkAddress } = config;
  const identify = createIdentify({ client, view, namespace, serviceAccount, audience, checkAddress });
  serveStaging(scheduler, { identify, report: executor.report });
  return executor;
};
