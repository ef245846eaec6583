import { existsSync } from "node:fs";
import { delimiter } from "node:path";
import type { KubeConfig } from "@kubernetes/client-node";
import { Problem } from "@rollerblade/errors";

/** What the kubelet mounts into every Pod that has a service account. */
const serviceAccountToken = "/var/run/secrets/kubernetes.io/serviceaccount/token";

/**
 * Loads the cluster that `KUBECONFIG` names, else the one that we run in. A kubeconfig in the home folder is not used: a service must
 * not start to create Jobs in a cluster because somebody has logged in to it once.
 * @param config an empty one
 * @param path one file or several, separated like `PATH`; empty for the service account of this Pod
 * @throws Problem `invalid` when there is neither, or the file misses a part
 */
export const loadKubeConfig = (config: KubeConfig, path: string): KubeConfig => {
  if (path === "") {
    if (!existsSync(serviceAccountToken) || process.env.KUBERNETES_SERVICE_HOST === undefined) throw noCluster();
    config.loadFromCluster();
    return config;
  }
  try {
    // Reads all files of `KUBECONFIG` and merges them, as kubectl does.
    if (path === process.env.KUBECONFIG) config.loadFromDefault();
    else config.loadFromFile(path.split(delimiter)[0] ?? path);
  } catch (cause) {
    throw notAKubeconfig(path, Problem.from(cause).message, cause);
  }
  if (config.getCurrentCluster() === null || config.getCurrentUser() === null)
    throw notAKubeconfig(path, "the current context misses its cluster or user");
  return config;
};

/** The namespace of the current context; in a Pod its own one. */
export const namespaceOf = (config: KubeConfig): string =>
  config.getContextObject(config.getCurrentContext())?.namespace?.trim() || "default";

const noCluster = (): Problem =>
  new Problem({
    code: "invalid",
    message: "There is no cluster to connect to.",
    subject: "KUBECONFIG",
    next: "Run in a Pod with a service account, or set KUBECONFIG to the path of a kubeconfig.",
  });

const notAKubeconfig = (path: string, reason: string, cause?: unknown): Problem =>
  new Problem(
    {
      code: "invalid",
      message: `${path} cannot be used as a kubeconfig: ${reason}.`,
      subject: "KUBECONFIG",
      next: "Check it with `kubectl --kubeconfig FILE version`.",
    },
    { cause },
  );
