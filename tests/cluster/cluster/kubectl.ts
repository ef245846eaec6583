import { spawn } from "node:child_process";
import { once } from "node:events";
import { access, mkdir, writeFile } from "node:fs/promises";
import { inCluster, ownKubeconfig } from "./folder.ts";
import { buildHyperkube } from "./hyperkube.ts";
import { type RunOptions, run } from "./run.ts";

/** The cluster that tests use: the one given, else this machine's own. */
export const kubeconfig = (): string => process.env.KUBECONFIG || ownKubeconfig;

/** Whether this machine's own cluster is the one in use. */
export const isOwn = (): boolean => kubeconfig() === ownKubeconfig;

/** Whether a cluster can be asked. */
export const clusterIsUp = (): Promise<boolean> =>
  access(kubeconfig()).then(
    async () => (await kubectl(["get", "--raw", "/readyz"], { mayFail: true })) === "ok",
    () => false,
  );

/** Runs kubectl to its end. @throws with what it said when it fails */
export const kubectl = async (args: readonly string[], options: RunOptions = {}): Promise<string> =>
  run(await buildHyperkube(), ["kubectl", "--kubeconfig", kubeconfig(), ...args], options);

/** Creates or changes what the manifest says. */
export const apply = (manifest: string): Promise<string> => kubectl(["apply", "-f", "-"], { input: manifest });

/** Runs kubectl for a person: its streams are theirs. Returns its exit code. */
export const kubectlForPerson = async (args: readonly string[]): Promise<number> => {
  const program = await buildHyperkube();
  const child = spawn(program, ["kubectl", "--kubeconfig", kubeconfig(), ...args], { stdio: "inherit" });
  const [code] = await once(child, "close");
  return typeof code === "number" ? code : 1;
};

/** What programs that call kubectl need to find it and the cluster. */
export const kubectlEnvironment = async (): Promise<NodeJS.ProcessEnv> => {
  const folder = inCluster("bin");
  await mkdir(folder, { recursive: true });
  await writeFile(`${folder}/kubectl`, `#!/bin/sh\nexec ${await buildHyperkube()} kubectl "$@"\n`, { mode: 0o755 });
  return { KUBECONFIG: kubeconfig(), PATH: `${folder}:${process.env.PATH}` };
};
