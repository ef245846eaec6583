import { type Server, serverAt } from "../server/find-server.ts";
import { anyPort, isPortTaken } from "../server/free-port.ts";
import { type LocalServer, startLocalServer } from "../server/local-server.ts";
import { readServerFile } from "../server/server-file.ts";
import { serverFolder } from "../server/server-folder.ts";
import type { ServiceRegistry } from "../service-registry.ts";

/** The server of the demo: one that `rollerblade up` has started here, else its own, which ends with it. */
export type DemoServer = {
  readonly server: Server;
  readonly folder: string;
  readonly own: boolean;
  stop(): Promise<void>;
};

/** Finds or starts it. */
export const openDemoServer = async (registry: ServiceRegistry): Promise<DemoServer> => {
  const folder = serverFolder();
  const running = await readServerFile(folder);
  if (running !== null)
    return { server: serverAt(running.url, running.token), folder, own: false, stop: async () => {} };
  const local = await startOnFreePort(registry, folder);
  return { server: serverAt(local.url, local.token), folder, own: true, stop: local.stop };
};

/** Another program may take the port between the choice of it and its use, as a second demo of the same moment does: then once more. */
const startOnFreePort = async (registry: ServiceRegistry, folder: string): Promise<LocalServer> => {
  const host = "127.0.0.1";
  const start = async () => startLocalServer(registry, { folder, host, port: await anyPort(host), verbose: false });
  try {
    return await start();
  } catch (error) {
    if (!isPortTaken(error)) throw error;
    return start();
  }
};
