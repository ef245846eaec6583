import { spawn } from "node:child_process";
import { once } from "node:events";
import { access, mkdir, writeFile } from "node:fs/promises";
import { findProgram } from "@rollerblade/object-store/testing";
import { inCluster, ownKubeconfig } from "./folder.ts";
import { buildHyperkube } from "./hyperkube.ts";
import { k3sContainer } from "./k3s.ts";
import { type RunOptions, run } from "./run.ts";

/** The cluster that tests use: the one given, else this machine's own. */
export const kubeconfig = (): string => process.env.KUBECONFIG || ownKubeconfig;

/** Whether the cluster that was started here is the one in use. */
export const isOwn = (): boolean => kubeconfig() === ownKubeconfig;

/** Whether its servers are processes of this machine, each of which can be stopped by itself. */
export const hasOwnServers = async (): Promise<boolean> => isOwn() && (await k3sContainer()) === null;

/** Whether a cluster can be asked. */
export const clusterIsUp = (): Promise<boolean> =>
  access(kubeconfig()).then(
    async () => (await kubectl(["get", "--raw", "/readyz"], { mayFail: true })) === "ok",
    () => false,
  );

/** Runs kubectl to its end. @throws with its output when it fails */
export const kubectl = async (args: readonly string[], options: RunOptions = {}): Promise<string> =>
  runWith(await command(), ["--kubeconfig", kubeconfig(), ...args], options);

const runWith = ([file = "", ...first]: readonly string[], args: readonly string[], options: RunOptions) =>
  run(file, [...first, ...args], options);

/** The person's own kubectl for a cluster of another kind, where there is one; else that of this machine's own cluster. */
const command = async (): Promise<string[]> => {
  const installed = (await hasOwnServers()) ? null : await findProgram("kubectl");
  return installed === null ? [await buildHyperkube(), "kubectl"] : [installed];
};

/** Creates or changes what the manifest says. */
export const apply = (manifest: string): Promise<string> => kubectl(["apply", "-f", "-"], { input: manifest });

/** Runs kubectl for a person: its streams are theirs. Returns its exit code. */
export const kubectlForPerson = async (args: readonly string[]): Promise<number> => {
  const [file = "", ...first] = await command();
  const child = spawn(file, [...first, "--kubeconfig", kubeconfig(), ...args], { stdio: "inherit" });
  const [code] = await once(child, "close");
  return typeof code === "number" ? code : 1;
};

/** What programs that call kubectl need to find it and the cluster. */
export const kubectlEnvironment = async (): Promise<NodeJS.ProcessEnv> => {
  const folder = inCluster("bin");
  await mkdir(folder, { recursive: true });
  await writeFile(`${folder}/kubectl`, `#!/bin/sh\nexec ${(await command()).join(" ")} "$@"\n`, { mode: 0o755 });
  return { KUBECONFIG: kubeconfig(), PATH: `${folder}:${process.env.PATH}` };
};
