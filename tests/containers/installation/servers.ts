import { join } from "node:path";
import { type StartedNetwork, type StartedTestContainer, Wait } from "testcontainers";
import { serverImages } from "../../../tools/test-cluster/images/server-images.ts";
import { RestrictedContainer } from "../restricted-container.ts";
import { startContainer, untilAllStarted } from "../start-container.ts";
import { natsKeys, type ServerHosts, type ServerPasswords } from "./addresses.ts";
import { manifests, readServer, type ServerManifest } from "./manifests.ts";

/**
 * Starts NATS, PostgreSQL and the S3 server as `k8s/components` does, but what they keep is in memory.
 * @returns where this machine finds them
 */
export const startServers = async (network: StartedNetwork, passwords: ServerPasswords): Promise<ServerHosts> => {
  const { services: _services, seeds: _seeds, ...passwordsOfServers } = passwords;
  const [nats = "", postgres = "", s3 = ""] = await untilAllStarted([
    startNats(network, await readServer("nats", passwordsOfServers), natsKeys(passwords)),
    startPostgres(network, await readServer("postgres", passwordsOfServers)),
    startS3(network, await readServer("s3", passwordsOfServers)),
  ]);
  return { nats, postgres, s3 };
};

const startNats = async (
  network: StartedNetwork,
  manifest: ServerManifest,
  keys: Readonly<Record<string, string>>,
): Promise<string> => {
  const environment = { ...manifest.environment, ...keys };
  const container = serverOf(serverImages.nats, network, { ...manifest, environment }, ["/data"])
    .withBindMounts([{ source: join(manifests, "components", "nats"), target: "/etc/nats", mode: "ro" }])
    .withExposedPorts(4222, 8222)
    .withWaitStrategy(Wait.forHttp("/healthz?js-server-only=true", 8222));
  return hostOf(await startContainer("NATS", container), 4222);
};

const startPostgres = async (network: StartedNetwork, manifest: ServerManifest): Promise<string> => {
  const folders = ["/var/lib/postgresql/data", "/var/run/postgresql"];
  const container = serverOf(serverImages.postgres, network, manifest, folders)
    .withExposedPorts(5432)
    // The public image first runs a server that nobody else can reach.
    .withWaitStrategy(Wait.forLogMessage(/listening on IPv4 address/));
  return hostOf(await startContainer("PostgreSQL", container), 5432);
};

const startS3 = async (network: StartedNetwork, manifest: ServerManifest): Promise<string> => {
  // A folder is a bucket; locks and accounts lie beside it.
  const folders = ["/data/objects", "/data/objects/rollerblade", "/data/attributes", "/data/accounts"];
  const container = serverOf(serverImages.s3, network, manifest, folders)
    .withExposedPorts(7070)
    .withWaitStrategy(Wait.forHttp("/", 7070).forStatusCodeMatching((code) => code < 500));
  return hostOf(await startContainer("the S3 server", container), 7070);
};

/** A server as its manifest says, by the names of its Service, with the folders that it may write. */
const serverOf = (image: string, network: StartedNetwork, manifest: ServerManifest, folders: readonly string[]) => {
  const { id, group } = manifest.user;
  const mount = `mode=0700,uid=${id},gid=${group}`;
  return new RestrictedContainer(image)
    .withNetwork(network)
    .withNetworkAliases(manifest.name, `${manifest.name}.rollerblade`)
    .withUser(`${id}:${group}`)
    .withTmpFs(Object.fromEntries(folders.map((folder) => [folder, mount])))
    .withEnvironment(manifest.environment)
    .withCommand(manifest.args);
};

/** Where this machine finds a port of a container: `host:port`. */
export const hostOf = (container: StartedTestContainer, port: number): string =>
  `${container.getHost()}:${container.getMappedPort(port)}`;
