import { connectNats, inspectTopology, type TopologyInspection, topology } from "@rollerblade/events";
import { bad, type Diagnosis, examine, good, warning } from "./diagnosis.ts";

/** Milliseconds to wait for a connection: a person waits for the answer. */
const connectTimeoutMs = 5_000;

/** NATS: whether it answers and keeps streams, and whether these are as declared. */
export const checkNats = (url: string, replicas: number): Promise<readonly Diagnosis[]> =>
  examine(
    "nats",
    "Check ROLLERBLADE_NATS_URL, and that the server runs with JetStream and may be reached from here.",
    async () => {
      const connection = await connectNats({
        url,
        name: "rollerblade doctor",
        signal: AbortSignal.timeout(connectTimeoutMs),
      }).catch((error: unknown) => {
        if (error instanceof Error && /Stopped while waiting/.test(error.message))
          throw new Error("NATS does not answer.");
        throw error;
      });
      try {
        const found = await inspectTopology(connection, { ...topology, replicas });
        return [
          good("nats", `NATS ${connection.info?.version ?? ""} answers.`),
          ...streamFindings(found),
          letters(found),
        ];
      } finally {
        await connection.close();
      }
    },
  );

const streamFindings = ({ missing, drift }: TopologyInspection): readonly Diagnosis[] => {
  if (missing.length + drift.length === 0) return [good("streams", "Streams and consumers are as declared.")];
  const absent = missing.map((name) =>
    bad(
      "streams",
      `${name} is missing.`,
      "Every service creates it when it starts: start one, or look for the error in its log.",
    ),
  );
  const different = drift.map(({ of, setting, declared, actual }) =>
    bad(
      "streams",
      `${setting} of ${of} is ${actual}, and is declared to be ${declared}.`,
      "Change it with `rollerblade migrate`; num_replicas is the setting ROLLERBLADE_NATS_REPLICAS.",
    ),
  );
  return [...absent, ...different];
};

const letters = ({ deadLetters }: TopologyInspection): Diagnosis =>
  deadLetters === 0
    ? good("dead letters", "There are none.")
    : warning(
        "dead letters",
        `${deadLetters} events could not be handled.`,
        "`rollerblade dead-letters list` shows why; `replay` delivers them again.",
      );
