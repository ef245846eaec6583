import type { StartedTestContainer } from "testcontainers";
import { startNetwork } from "../own-containers.ts";
import { startContainer, untilAllStarted } from "../start-container.ts";
import { type Addresses, addressesOf, newPasswords, newSecret } from "./addresses.ts";
import { type Programs, programsOf, type Service, services } from "./programs.ts";
import { hostOf, startServers } from "./servers.ts";

/** Rollerblade in containers: each service alone in one of the project's image, as Kubernetes runs it. */
export type Installation = {
  /** @throws when it was never started */
  container(service: Service): StartedTestContainer;
  /** The gateway, from this machine. */
  readonly url: string;
  /** Of the administrator. */
  readonly token: string;
  /** The servers, from this machine. */
  readonly addresses: Addresses;
  /** For one more of a service. */
  readonly programs: Programs;
};

/**
 * Starts the servers, makes tables and streams, and starts the services. `removeOwn` takes all of it away, also what did not start.
 * @throws with the last words of what does not become healthy
 */
export const startInstallation = async (image: string): Promise<Installation> => {
  const network = await startNetwork();
  const passwords = newPasswords();
  const servers = await startServers(network, passwords);
  const token = newSecret();
  const programs = await programsOf(image, network, passwords, token);
  await startContainer("migrate", programs.migrate());
  const container = await startServices(programs);
  const url = `http://${hostOf(container("gateway"), 7700)}`;
  return { container, url, token, addresses: addressesOf(passwords, servers), programs };
};

const startServices = async (programs: Programs): Promise<Installation["container"]> => {
  const started = await untilAllStarted(
    services.map(async (service) => [service, await startContainer(service, programs.serve(service))] as const),
  );
  const containers = new Map(started);
  return (service) => {
    const container = containers.get(service);
    if (container === undefined) throw new Error(`${service} was not started.`);
    return container;
  };
};
