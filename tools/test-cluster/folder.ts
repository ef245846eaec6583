import { homedir, tmpdir } from "node:os";
import { join } from "node:path";

/** Where the running cluster keeps everything; short, since paths of sockets are bounded. */
export const clusterFolder = process.env.ROLLERBLADE_CLUSTER ?? join(tmpdir(), "rollerblade-cluster");

/** The administrator's way into the cluster that this machine runs. */
export const ownKubeconfig = join(clusterFolder, "kubeconfig");

/** Where programs that were built once are kept. */
export const cacheFolder = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "rollerblade");

/** The repository. */
export const repository = join(import.meta.dirname, "..", "..");

/** A path inside the cluster's folder. */
export const inCluster = (...names: readonly string[]): string => join(clusterFolder, ...names);
