import { stopOwnCluster } from "./cluster/down.ts";
import { clusterIsUp, isOwn } from "./cluster/kubectl.ts";
import { loadEverything, startOwnCluster } from "./cluster/up.ts";

const state = { ours: false };

/** A cluster with all images: the one that is up, else one for these tests. */
export const ensureCluster = async (): Promise<void> => {
  if (await clusterIsUp()) return;
  state.ours = true;
  await startOwnCluster();
  if (isOwn()) await loadEverything();
};

/** Ends the cluster that was started for these tests. */
export const leaveCluster = async (): Promise<void> => {
  if (state.ours && process.env.ROLLERBLADE_KEEP_CLUSTER !== "yes") await stopOwnCluster();
};
