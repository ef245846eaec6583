import { type Server, serverAt } from "../server/find-server.ts";
import { anyPort } from "../server/free-port.ts";
import { startLocalServer } from "../server/local-server.ts";
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
  const host = "127.0.0.1";
  const local = await startLocalServer(registry, { folder, host, port: await anyPort(host), verbose: false });
  return { server: serverAt(local.url, local.token), folder, own: true, stop: local.stop };
};
