import { spawn } from "node:child_process";
import { once } from "node:events";
import { kubectlEnvironment } from "../../tools/test-cluster/kubectl.ts";

/** A port of this machine that leads into the cluster, until it is closed. */
export type Forwarded = { readonly port: number; close(): Promise<void> };

/** Forwards a free port to a Service of the installation. @throws when it does not come about */
export const forwardPort = async (service: string, target: number): Promise<Forwarded> => {
  const forward = ["--namespace", "rollerblade", "port-forward", `service/${service}`, `:${target}`];
  const child = spawn("kubectl", forward, { env: { ...process.env, ...(await kubectlEnvironment()) } });
  const output: string[] = [];
  const port = await new Promise<number>((resolve, reject) => {
    const listen = (chunk: Buffer): void => {
      output.push(chunk.toString());
      const found = /127\.0\.0\.1:(\d+) ->/.exec(output.join(""))?.[1];
      if (found !== undefined) resolve(Number(found));
    };
    child.stdout.on("data", listen);
    child.stderr.on("data", listen);
    child.once("error", reject);
    child.once("exit", () => reject(new Error(`kubectl port-forward ended: ${output.join("")}`)));
  });
  return {
    port,
    async close() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, "exit");
      if (child.kill()) await ended;
    },
  };
};
