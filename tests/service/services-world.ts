import { randomBytes } from "node:crypto";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { accountsRoutes, createHttpClient, type HttpClient } from "@rollerblade/client";
import { connect, disconnect, type Sql } from "@rollerblade/database";
import { startMigratedServers } from "@rollerblade/database/testing";
import type { TestServers } from "@rollerblade/embedded/testing";
import {
  type CommonSettings,
  readSettings,
  type ServiceDefinition,
  type ServiceName,
  startServices,
} from "@rollerblade/service-kit";
import { serviceKeyVariables } from "@rollerblade/service-kit/testing";
import { accounts } from "../../services/accounts/src/index.ts";

/** The example dataset that tests import: 12 scans, valid. */
export const colin = join(import.meta.dirname, "../../examples/datasets/colin-mini");

/** Accounts and other services in this process, on real servers, with people. */
export type ServicesWorld = {
  readonly servers: TestServers;
  readonly settings: CommonSettings;
  readonly sql: Sql;
  readonly adminToken: string;
  /** Where a service listens. */
  url(service: ServiceName): string;
  /** A client of a service as the administrator. */
  admin(service: ServiceName): HttpClient;
  /** Adds somebody who has no rights yet, and gives a client of a service as that person. */
  addPerson(name: string, service: ServiceName): Promise<HttpClient>;
  /** A copy of the example dataset, gone when the world stops. */
  copyOfColin(name: string): string;
  /** A folder of this world, gone when it stops. */
  readonly scratch: string;
  stop(): Promise<void>;
};

/** Starts accounts and `definitions`; `config` holds settings of single services, `environment` further variables. */
export const startServicesWorld = async (
  definitions: readonly ServiceDefinition[],
  config: Parameters<typeof startServices>[2] = {},
  environment: Readonly<Record<string, string>> = {},
): Promise<ServicesWorld> => {
  const all = [accounts, ...definitions];
  const servers = await startMigratedServers(all.map(({ database }) => database));
  const adminToken = randomBytes(16).toString("hex");
  const settings = readSettings({ ...settingsFor(servers), ...environment });
  const running = await startServices(all, settings, {
    ...config,
    accounts: { adminToken, ...config.accounts },
  });
  const sql = connect(servers.databaseUrl, { max: 2 });
  const scratch = mkdtempSync(join(tmpdir(), "rollerblade-test-world-"));
  const url = (service: ServiceName): string => running.urls[service] ?? "";
  const admin = (service: ServiceName): HttpClient => createHttpClient({ url: url(service), token: adminToken });
  return {
    ...{ servers, settings, sql, adminToken, scratch, url, admin },
    addPerson: async (name, service) => {
      await admin("accounts").call(accountsRoutes.createUser, { body: { name } });
      const body = { user: name, label: "test" };
      const { token } = await admin("accounts").call(accountsRoutes.createToken, { body });
      return createHttpClient({ url: url(service), token });
    },
    copyOfColin: (name) => {
      const directory = join(scratch, name);
      cpSync(colin, directory, { recursive: true });
      return directory;
    },
    stop: async () => {
      await running.stop();
      await disconnect(sql);
      await servers.stop();
      rmSync(scratch, { recursive: true });
    },
  };
};

/** The environment of services on these servers. */
export const settingsFor = (servers: TestServers): Record<string, string> => ({
  ROLLERBLADE_DATABASE_URL: servers.databaseUrl,
  ROLLERBLADE_NATS_URL: servers.natsUrl,
  ROLLERBLADE_OBJECTS: servers.objectsUrl,
  ROLLERBLADE_PUBLIC_URL: "http://127.0.0.1:1",
  ...serviceKeyVariables,
  ROLLERBLADE_PORT: "0",
  ROLLERBLADE_LOG_LEVEL: process.env.TEST_LOG_LEVEL ?? "silent",
});
