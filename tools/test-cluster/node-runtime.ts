import { inCluster } from "./folder.ts";
import { k3sContainer } from "./k3s.ts";
import { run } from "./run.ts";

const imported = "/tmp/images.tar";

/** Asks the container runtime of the node. */
export const askRuntime = async (...args: readonly string[]): Promise<string> => {
  const k3s = await k3sContainer();
  const ctr = ["--namespace", "k8s.io", ...args];
  if (k3s !== null) return run("docker", ["exec", k3s, "ctr", ...ctr]);
  return run("ctr", ["--address", inCluster("containerd.sock"), ...ctr]);
};

/** Gives the node the images of an archive. */
export const importArchive = async (archive: string): Promise<void> => {
  const k3s = await k3sContainer();
  if (k3s === null) return void (await askRuntime("images", "import", archive));
  await run("docker", ["cp", archive, `${k3s}:${imported}`]);
  await askRuntime("images", "import", imported);
  await run("docker", ["exec", k3s, "rm", imported]);
};
