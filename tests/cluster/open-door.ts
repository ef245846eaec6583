import { createHttpClient, type HttpClient } from "@rollerblade/client";
import { kubectl } from "../../tools/test-cluster/kubectl.ts";
import { forwardPort } from "./forward-port.ts";

/** The gateway of the installation in the cluster, as its administrator reaches it from outside. */
export type Door = { readonly url: string; readonly token: string; readonly api: HttpClient; close(): Promise<void> };

/** Forwards a port of this machine to the gateway. @throws when it does not come about */
export const openDoor = async (): Promise<Door> => {
  const token = await readSecret("rollerblade-admin", "token");
  const { port, close } = await forwardPort("rollerblade-gateway", 7700);
  const url = `http://127.0.0.1:${port}`;
  return { url, token, api: createHttpClient({ url, token }), close };
};

/** A value of a secret of the installation. */
export const readSecret = async (name: string, key: string): Promise<string> => {
  const path = `jsonpath={.data.${key}}`;
  const secret = await kubectl(["--namespace", "rollerblade", "get", "secret", name, "--output", path]);
  return Buffer.from(secret, "base64").toString();
};
