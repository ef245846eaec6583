import { stopOnSignals } from "@rollerblade/service-kit";
import { printMessage } from "../messages.ts";
import type { ServiceRegistry } from "../service-registry.ts";
import { requirePort } from "./free-port.ts";
import { startLocalServer } from "./local-server.ts";
import { serverFolder } from "./server-folder.ts";

/** `rollerblade up`: runs the server until it is stopped with Ctrl-C or SIGTERM. */
export const runUp = async (
  registry: ServiceRegistry,
  options: { host: string; port: number; verbose?: boolean },
): Promise<void> => {
  const { host } = options;
  const port = await requirePort(host, options.port);
  const folder = serverFolder();
  const server = await startLocalServer(registry, { folder, host, port, verbose: options.verbose === true });
  printMessage(
    `Rollerblade is at ${server.url} (data in ${folder}${server.logFile === null ? "" : `, log in ${server.logFile}`}).`,
  );
  printMessage("Stop it with Ctrl-C.");
  await stopOnSignals(server.stop, printMessage);
};
