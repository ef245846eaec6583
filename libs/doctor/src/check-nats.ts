import { connectNats, inspectTopology, type TopologyInspection, topology } from "@rollerblade/events";
import { bad, type Diagnosis, examine, good, warning } from "./diagnosis.ts";

/** Milliseconds that NATS may take to take us in. */
const patience = 5_000;

/** NATS: whether it answers and keeps streams, and whether these are as declared. */
export const checkNats = (url: string, replicas: number): Promise<readonly Diagnosis[]> =>
  examine(
    "nats",
    "Check ROLLERBLADE_NATS_URL, and that the server runs with JetStream and may be reached from here.",
    async () => {
      const connection = await connectNats({
        url,
        name: "rollerblade doctor",
        signal: AbortSignal.timeout(patience),
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
      `There is no ${name}.`,
      "Any service makes it when it starts: start one, or look into its log why it cannot.",
    ),
  );
  const different = drift.map(({ of, setting, declared, actual }) =>
    bad(
      "streams",
      `${setting} of ${of} is ${actual}, and is declared to be ${declared}.`,
      "Nobody changes it unasked: `rollerblade migrate` does; for num_replicas see ROLLERBLADE_NATS_REPLICAS.",
    ),
  );
  return [...absent, ...different];
};

const letters = ({ deadLetters }: TopologyInspection): Diagnosis =>
  deadLetters === 0
    ? good("dead letters", "There are none.")
    : warning(
        "dead letters",
        `${deadLetters} events were given up.`,
        "`rollerblade dead-letters list` says why; `replay` gives them once more.",
      );
