import { chmod, mkdir } from "node:fs/promises";
import { inCluster } from "./folder.ts";
import { apply } from "./kubectl.ts";

/** How many claims the cluster can serve; nothing makes volumes on demand here. */
const count = 12;

/** Makes folders of this machine into volumes that claims without a class take. */
export const makeVolumes = async (): Promise<void> => {
  const names = Array.from({ length: count }, (_, index) => `folder-${index}`);
  for (const name of names) {
    await mkdir(inCluster("volumes", name), { recursive: true });
    // Kubernetes gives a folder of the host to no group: every uid may write.
    await chmod(inCluster("volumes", name), 0o777);
  }
  await apply(JSON.stringify({ apiVersion: "v1", kind: "List", items: names.map(volume) }));
};

const volume = (name: string) => ({
  apiVersion: "v1",
  kind: "PersistentVolume",
  metadata: { name },
  spec: {
    capacity: { storage: "20Gi" },
    accessModes: ["ReadWriteOnce"],
    persistentVolumeReclaimPolicy: "Retain",
    hostPath: { path: inCluster("volumes", name), type: "Directory" },
  },
});
