import { newServiceKeys } from "@rollerblade/service-kit";
import { type StartedNetwork, Wait } from "testcontainers";
import { RestrictedContainer } from "../restricted-container.ts";
import { type Addresses, addressesOf, inside, newSecret, type ServerPasswords } from "./addresses.ts";
import { readSettings } from "./manifests.ts";

/** Every service of `k8s/base/services`. */
export const services = ["accounts", "catalog", "gateway", "ingest", "pipeline-router", "scheduler", "tagger"] as const;

/** The name of a service. */
export type Service = (typeof services)[number];

/** Containers of the project's image that can be started. */
export type Programs = {
  /** Makes tables and streams, and ends. */
  migrate(): RestrictedContainer;
  /** Begins to work when the image's own health check says so. */
  serve(service: Service): RestrictedContainer;
};

/**
 * What can be started of an image, with the settings of the manifests. What the manifests say only of the pipeline-router and the scheduler
 * is about a cluster, which is not here.
 */
export const programsOf = async (
  image: string,
  network: StartedNetwork,
  passwords: ServerPasswords,
  adminToken: string,
): Promise<Programs> => {
  const { privateKeys, publicKeys } = newServiceKeys(services);
  const shared = {
    ...(await readSettings()),
    ROLLERBLADE_LINK_SECRET: newSecret(),
    ROLLERBLADE_SERVICE_PUBLIC_KEYS: JSON.stringify(publicKeys),
  };
  const migrating = { ROLLERBLADE_DATABASE_PASSWORDS: JSON.stringify(passwords.services) };
  const program = (user: string, ...command: string[]) =>
    new RestrictedContainer(image)
      .withNetwork(network)
      .withEnvironment({ ...shared, ...addressSettings(addressesOf(passwords, inside, user)) })
      .withCommand(command);
  return {
    migrate: () => program("operator", "migrate").withEnvironment(migrating).withWaitStrategy(Wait.forOneShotStartup()),
    serve: (service) =>
      program(service, "serve", service)
        .withNetworkAliases(`rollerblade-${service}`)
        .withEnvironment({ ROLLERBLADE_SERVICE_KEY: privateKeys[service] ?? "" })
        .withEnvironment(service === "accounts" ? { ROLLERBLADE_ACCOUNTS_ADMIN_TOKEN: adminToken } : {})
        .withExposedPorts(7700)
        .withWaitStrategy(Wait.forHealthCheck()),
  };
};

/** The secret of one service. */
const addressSettings = ({ database, nats, objects }: Addresses) => ({
  ROLLERBLADE_DATABASE_URL: database,
  ROLLERBLADE_NATS_URL: nats,
  ROLLERBLADE_OBJECTS: objects,
});
