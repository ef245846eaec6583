import { stopOwnCluster } from "../../tools/test-cluster/down.ts";
import { clusterIsUp, isOwn } from "../../tools/test-cluster/kubectl.ts";
import { loadEverything, startOwnCluster } from "../../tools/test-cluster/up.ts";

const state = { ours: false };

/** Before all tests of the suite: a cluster with all images, the one that is up, else one for these tests. */
export const setup = async (): Promise<void> => {
  if (await clusterIsUp()) return;
  if (!isOwn()) throw new Error(`The cluster of ${process.env.KUBECONFIG} does not answer.`);
  state.ours = true;
  try {
    await startOwnCluster();
    await loadEverything();
  } catch (error) {
    await teardown();
    throw error;
  }
};

/** After all of them: the cluster that was started for them is gone, unless ROLLERBLADE_KEEP_CLUSTER is "yes". */
export const teardown = async (): Promise<void> => {
  if (state.ours && process.env.ROLLERBLADE_KEEP_CLUSTER !== "yes") await stopOwnCluster();
};
