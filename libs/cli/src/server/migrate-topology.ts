import { Problem } from "@rollerblade/errors";
import { connectNats, type Drift, ensureTopology, topology } from "@rollerblade/events";

/** Milliseconds to wait for a connection to NATS: a server that starts beside this command is up within a minute. */
const connectTimeoutMs = 60_000;

/** What was done to the streams and durables of a NATS server. */
export type TopologyChange = { readonly created: readonly string[]; readonly changed: readonly Drift[] };

/**
 * Brings the streams and durables of a NATS server to what this version declares. Services only report a difference:
 * here somebody has asked for it.
 * @throws Problem when NATS does not answer; JetStreamApiError for what a stream cannot be changed to
 */
export const migrateTopology = async (url: string, replicas: number): Promise<TopologyChange> => {
  const connection = await connectNats({
    url,
    name: "rollerblade migrate",
    signal: AbortSignal.timeout(connectTimeoutMs),
  }).catch((error: unknown) => {
    throw error instanceof Problem && error.code === "cancelled" ? away() : error;
  });
  try {
    const declared = { ...topology, replicas };
    const { created, drift } = await ensureTopology(connection, declared, { applyDrift: true });
    return { created, changed: drift };
  } finally {
    await connection.close();
  }
};

const away = (): Problem =>
  new Problem({
    code: "unavailable",
    message: "NATS does not answer, so its streams are as they were; the tables are up to date.",
    subject: "ROLLERBLADE_NATS_URL",
    next: "Check the address, and run `rollerblade migrate` again.",
  });

/** The changes as rows of a table: what, which setting, what it was, what it is. */
export const changeRows = ({ created, changed }: TopologyChange): string[][] => [
  ...created.map((name) => [name, "", "", "made"]),
  ...changed.map(({ of, setting, declared, actual }) => [of, setting, actual, declared]),
];
