import { readFile, writeFile } from "node:fs/promises";
import { K3sContainer } from "@testcontainers/k3s";
import { inCluster, ownKubeconfig } from "./folder.ts";
import { canBePulled, hasImage } from "./images/docker.ts";
import { run } from "./run.ts";

const image = "rancher/k3s:v1.35.4-k3s1";

/** The same haste as the servers of this machine's own have. */
const hasty = ["controller-manager", "scheduler"].flatMap((server) =>
  ["kube-api-qps=300", "kube-api-burst=600"].map((limit) => `--kube-${server}-arg=${limit}`),
);

const idFile = (): string => inCluster("k3s");

/** The container of the running cluster; null where it is none. */
export const k3sContainer = (): Promise<string | null> =>
  readFile(idFile(), "utf8").then(
    (id) => id,
    () => null,
  );

/** Whether k3s can be had: here already, or pulled. */
export const k3sCanBeHad = async (): Promise<boolean> => (await hasImage(image)) || canBePulled(image);

/** Starts k3s in a container that outlives this process. It brings names, volumes on demand and NetworkPolicies with it. */
export const startK3s = async (): Promise<void> => {
  const container = await new K3sContainer(image)
    .withCommand(["server", "--disable=traefik,metrics-server", ...hasty])
    .withAutoCleanup(false)
    .withStartupTimeout(300_000)
    .start();
  await writeFile(idFile(), container.getId());
  await writeFile(ownKubeconfig, container.getKubeConfig(), { mode: 0o600 });
};

/** Takes the container away with all that is in it. */
export const removeK3s = async (id: string): Promise<void> => {
  await run("docker", ["rm", "--force", "--volumes", id], { mayFail: true });
};
