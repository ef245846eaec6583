import { Problem } from "@rollerblade/errors";
import { stopOnSignals } from "@rollerblade/service-kit";
import { printMessage } from "../messages.ts";
import type { ServiceRegistry } from "../service-registry.ts";
import { paint } from "../terminal/paint.ts";
import { serverAt } from "./find-server.ts";
import { requirePort } from "./free-port.ts";
import { remoteUrls, requireSafeHost } from "./listening-address.ts";
import { startLocalServer } from "./local-server.ts";
import { consoleLink } from "./open-console.ts";
import { openInBrowser } from "./open-in-browser.ts";
import { readServerFile } from "./server-file.ts";
import { serverFolder } from "./server-folder.ts";

/** `rollerblade up`: runs the server until it is stopped with Ctrl-C or SIGTERM. */
export const runUp = async (
  registry: ServiceRegistry,
  options: { host: string; port: number; verbose?: boolean; open?: boolean },
): Promise<void> => {
  const { host } = options;
  requireSafeHost(host);
  const folder = serverFolder();
  await requireNoServer(folder);
  const port = await requirePort(host, options.port);
  const server = await startLocalServer(registry, { folder, host, port, verbose: options.verbose === true });
  printMessage(
    `Rollerblade is at ${server.url} (data in ${folder}${server.logFile === null ? "" : `, log in ${server.logFile}`}).`,
  );
  const remote = remoteUrls(host, port);
  if (remote.length > 0)
    printMessage(
      `${paint.yellow("Warning:")} other machines reach it at ${remote.join(", ")}, without TLS: tokens and scans pass the network in clear.`,
    );
  const link = await consoleLink(serverAt(server.url, server.token));
  const opened = options.open === true && (await openInBrowser(link));
  printMessage(
    opened
      ? "Its console opens in your browser."
      : `Its console: ${link} (signs in once, within ten minutes; \`rollerblade console\` makes another link)`,
  );
  printMessage("Stop it with Ctrl-C.");
  await stopOnSignals(server.stop, printMessage);
};

/** The usual port is taken by a server that runs already: that is the better answer. @throws Problem `conflict` */
const requireNoServer = async (folder: string): Promise<void> => {
  const running = await readServerFile(folder);
  if (running === null) return;
  throw new Problem({
    code: "conflict",
    message: `Rollerblade runs already in ${folder}, at ${running.url} (process ${running.pid}).`,
    subject: folder,
    next: "Use it: open it with `rollerblade console`. For another server, use another folder and `--port 0`.",
  });
};
