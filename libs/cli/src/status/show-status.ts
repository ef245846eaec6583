import { gatewayRoutes, type ServiceStatus } from "@rollerblade/client";
import { printJson, printTable, printText, type Reading } from "../print.ts";
import { findServer } from "../server/find-server.ts";

/** `status`: exit code 3 when a service is not ready. */
export const showStatus = async ({ json }: Reading): Promise<void> => {
  const server = await findServer();
  const status = await server.call(gatewayRoutes.status, {});
  if (!status.ready) process.exitCode = 3;
  if (json === true) return printJson({ url: server.url, ...status });
  printText(`Rollerblade at ${server.url} is ${status.ready ? "ready" : "not ready"}.\n`);
  printTable(
    ["service", "status", "failed checks", "events to publish"],
    status.services.map((service) => [service.name, service.status, failedChecks(service), service.outbox?.waiting]),
  );
  if (status.events === null) return;
  printText("");
  printTable(
    ["consumer", "waiting", "in flight", "redelivered"],
    status.events.consumers.map(({ durable, waiting, inHand, redelivered }) => [durable, waiting, inHand, redelivered]),
  );
  printText(`\nDead letters: ${status.events.deadLetters}`);
};

const failedChecks = ({ checks }: ServiceStatus): string =>
  Object.entries(checks)
    .flatMap(([name, good]) => (good ? [] : [name]))
    .join(", ");
