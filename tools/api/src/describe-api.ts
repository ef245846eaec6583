import { migrate } from "@rollerblade/database";
import { startTestServers } from "@rollerblade/embedded/testing";
import { readSettings, startServices } from "@rollerblade/service-kit";
import { services } from "../../../bin/registry.ts";

/**
 * Starts all services on servers of their own and returns the OpenAPI document that the gateway serves, as the text of
 * `docs/openapi.json`. Its address is left out, since it is another one each time.
 */
export const describeApi = async (): Promise<string> => {
  const servers = await startTestServers();
  try {
    const definitions = await Promise.all(Object.values(services).map((load) => load()));
    await migrate(
      servers.databaseUrl,
      definitions.flatMap(({ database }) => database ?? []),
    );
    const settings = readSettings({
      ROLLERBLADE_MODE: "embedded",
      ROLLERBLADE_DATABASE_URL: servers.databaseUrl,
      ROLLERBLADE_NATS_URL: servers.natsUrl,
      ROLLERBLADE_OBJECTS: servers.objectsUrl,
      ROLLERBLADE_PUBLIC_URL: "http://127.0.0.1:7700",
      ROLLERBLADE_LINK_SECRET: "a-secret-of-links-for-tests",
      ROLLERBLADE_PORT: "0",
    });
    const running = await startServices(definitions, settings, { accounts: { adminToken: "an-administrators-token" } });
    try {
      const response = await fetch(new URL("/openapi.json", running.urls.gateway));
      const { servers: _, ...document } = Object(await response.json());
      return `${JSON.stringify(document, null, 2)}\n`;
    } finally {
      await running.stop();
    }
  } finally {
    await servers.stop();
  }
};
