import { spawn } from "node:child_process";
import { once } from "node:events";
import { kubectl, kubectlEnvironment } from "./cluster/kubectl.ts";

/** The gateway of the installation in the cluster, as its administrator reaches it from outside. */
export type Door = { readonly url: string; readonly token: string; close(): Promise<void> };

/** Forwards a port of this machine to the gateway. @throws when it does not come about */
export const openDoor = async (): Promise<Door> => {
  const secret = ["get", "secret", "rollerblade-admin", "--output", "jsonpath={.data.token}"];
  const token = Buffer.from(await kubectl(["--namespace", "rollerblade", ...secret]), "base64").toString();
  const forward = ["--namespace", "rollerblade", "port-forward", "service/rollerblade-gateway", ":7700"];
  const child = spawn("kubectl", forward, { env: { ...process.env, ...(await kubectlEnvironment()) } });
  const said: string[] = [];
  const port = await new Promise<string>((resolve, reject) => {
    const listen = (chunk: Buffer): void => {
      said.push(chunk.toString());
      const found = /127\.0\.0\.1:(\d+) ->/.exec(said.join(""))?.[1];
      if (found !== undefined) resolve(found);
    };
    child.stdout.on("data", listen);
    child.stderr.on("data", listen);
    child.once("error", reject);
    child.once("exit", () => reject(new Error(`kubectl port-forward ended: ${said.join("")}`)));
  });
  return {
    url: `http://127.0.0.1:${port}`,
    token,
    async close() {
      const ended = once(child, "exit");
      if (child.kill()) await ended;
    },
  };
};
