import { type JsMsg, jetstream, jetstreamManager, type StoredMsg } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import type { Logger } from "@rollerblade/telemetry";
import { deadLetterId, storeAdvisedLetter } from "../dead-letters/dead-letter.ts";
import { replayedLetter } from "../dead-letters/replay-subject.ts";
import { headerNames } from "../topics/event-headers.ts";
import { eventIdOf } from "../topics/event-id.ts";
import { advisoryDurable, type Topology } from "../topology/topology.ts";
import { type Consuming, startConsuming } from "./consume.ts";

/** The server's notice that a consumer will not get a message again. */
export type Advisory = {
  readonly kind: "max-deliveries" | "terminated";
  readonly stream: string;
  readonly durable: string;
  readonly sequence: number;
  readonly deliveries: number;
  readonly reason: string;
};

/** What the loop needs. */
export type AdvisoryOptions = {
  readonly connection: NatsConnection;
  readonly topology: Topology;
  readonly repair: () => Promise<void>;
  readonly log: Logger;
};

/**
 * Turns the server's notices into dead letters. A consumer that catches its errors writes its own letters; what is found here are
 * messages whose handling ended every time without an answer: a crash, or a hang.
 */
export const startAdvisories = (options: AdvisoryOptions): Consuming =>
  startConsuming({
    ...options,
    stream: "ADVISORIES",
    durable: advisoryDurable,
    ackWait: 10_000,
    batch: 10,
    concurrency: 1,
    handle: async (batch) => {
      for (const { message, current } of batch) {
        await answer(options, message);
        if (current()) message.ack();
      }
    },
  });

/** The notice in a message; null for anything else. */
const advisoryFrom = (data: Uint8Array): Advisory | null => {
  const notice = parse(data);
  const type = notice.type;
  const terminated = type === "io.nats.jetstream.advisory.v1.terminated";
  if (!terminated && type !== "io.nats.jetstream.advisory.v1.max_deliver") return null;
  const { stream, consumer, stream_seq: sequence, deliveries, reason } = notice;
  if (typeof stream !== "string" || typeof consumer !== "string" || typeof sequence !== "number") return null;
  return {
    kind: terminated ? "terminated" : "max-deliveries",
    stream,
    durable: consumer,
    sequence,
    deliveries: typeof deliveries === "number" ? deliveries : 0,
    reason: typeof reason === "string" ? reason : "",
  };
};

const parse = (data: Uint8Array): Readonly<Record<string, unknown>> => {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(data));
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
};

const answer = async ({ connection, topology, log }: AdvisoryOptions, message: JsMsg): Promise<void> => {
  const advisory = advisoryFrom(message.data);
  const carriesEvents = advisory !== null && ["EVENTS", "COMMANDS"].includes(advisory.stream);
  if (advisory === null || !carriesEvents) return;
  const manager = await jetstreamManager(connection);
  const given = await manager.streams.getMessage(advisory.stream, { seq: advisory.sequence });
  // A terminated command is gone from its work queue already, after its consumer wrote the letter.
  if (given === null) return log.debug({ advisory }, "a message that was given up is no longer in its stream");
  // A replay that is given up leaves the letter that it asked for.
  if (replayedLetter(given.subject) !== null) return;
  log.error({ advisory }, "a message was given up without an answer");
  await storeAdvisedLetter(jetstream(connection), letterOf(advisory, given), connection.info?.max_payload ?? 1_048_576);
  const workQueue = topology.streams.some(
    ({ name, retention }) => name === advisory.stream && retention === "workqueue",
  );
  // Nobody is going to get it, and nobody else may: without this it would stay there for ever.
  if (workQueue) await manager.streams.deleteMessage(advisory.stream, advisory.sequence);
};

const letterOf = (advisory: Advisory, given: StoredMsg) => {
  const event = given.header.get(headerNames.id) || given.header.get("Nats-Msg-Id") || idFromPlace(advisory, given);
  return {
    id: deadLetterId(advisory.durable, event),
    durable: advisory.durable,
    event,
    subject: given.subject,
    stream: advisory.stream,
    sequence: advisory.sequence,
    deliveries: advisory.deliveries,
    reason: reasonOf(advisory),
    stack: "",
    headers: Object.fromEntries([...given.header].map(([name, values]) => [name, values.join(",")])),
    body: Buffer.from(given.data).toString("base64"),
    time: new Date().toISOString(),
  };
};

const idFromPlace = ({ stream, sequence }: Advisory, { time }: StoredMsg): string =>
  eventIdOf(stream, String(sequence), time.toISOString());

const reasonOf = ({ kind, deliveries, reason }: Advisory): string =>
  kind === "terminated"
    ? `Its consumer ended it: ${reason || "no reason given"}.`
    : `It was delivered ${deliveries} times and never answered: the consumer crashed or hung each time.`;
