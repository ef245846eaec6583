import type { TopicName } from "../topics/topics.ts";

/** A stream as it should be. Durations are milliseconds; 0 is no limit. */
export type StreamDeclaration = {
  readonly name: string;
  readonly description: string;
  readonly subjects: readonly string[];
  /** `limits`: kept until too old. `workqueue`: gone once handled. */
  readonly retention: "limits" | "workqueue";
  readonly maxAge: number;
  /** For how long a repeated `Nats-Msg-Id` is recognised by the server. Beyond it the inboxes do. */
  readonly duplicateWindow: number;
  /** How many messages a subject keeps, the newest. @default all */
  readonly maxMessagesPerSubject?: number;
};

/** A durable consumer as it should be. */
export type DurableDeclaration = {
  readonly name: string;
  readonly stream: string;
  /** The service that consumes it. */
  readonly service: string;
  /** What it receives; empty for all of a stream that carries no topics. */
  readonly topics: readonly TopicName[];
  /** Milliseconds without a sign of life after which a message goes to another replica. */
  readonly ackWait: number;
  /** After so many deliveries a message becomes a dead letter. */
  readonly maxDeliver: number;
  /** Most messages in hand at once, over all replicas. */
  readonly maxAckPending: number;
};

/** All streams and durables of an installation. */
export type Topology = {
  readonly streams: readonly StreamDeclaration[];
  readonly durables: readonly DurableDeclaration[];
  /** Replicas of each stream: 1, or 3 in a cluster of servers. */
  readonly replicas: number;
};

const day = 24 * 60 * 60 * 1000;

/** How long the stream of facts keeps them; inbox rows outlive it. */
export const eventRetention = 30 * day;

const streams: readonly StreamDeclaration[] = [
  {
    name: "EVENTS",
    description: "Facts, readable by anyone for 30 days.",
    // By noun, so that a further verb needs no change; `run` is listed, because its command has a stream of its own.
    subjects: [
      ...[
        "scan",
        "metadata",
        "batch",
        "subject",
        "dataset",
        "derivative",
        "analysis",
        "task",
        "pipeline",
        "result",
        "grant",
      ].map((noun) => `rollerblade.${noun}.*.*`),
      "rollerblade.run.started.*",
      "rollerblade.run.finished.*",
      // Of other teams, each under its own name.
      "rollerblade.from.*.*.*.*",
      "rollerblade.replay.EVENTS.*.*",
    ],
    retention: "limits",
    maxAge: eventRetention,
    duplicateWindow: 120_000,
  },
  {
    name: "COMMANDS",
    description: "Requests that one service takes and carries out.",
    subjects: ["rollerblade.run.requested.*", "rollerblade.replay.COMMANDS.*.*"],
    retention: "workqueue",
    maxAge: 0,
    duplicateWindow: 120_000,
  },
  {
    name: "DEAD_LETTERS",
    description: "Events that could not be handled, with the reason.",
    subjects: ["rollerblade.dead-letter.*.*"],
    retention: "limits",
    maxMessagesPerSubject: 1,
    maxAge: 365 * day,
    duplicateWindow: 120_000,
  },
  {
    name: "ADVISORIES",
    description: "The server's own notices of messages that it gave up.",
    subjects: ["$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.>", "$JS.EVENT.ADVISORY.CONSUMER.MSG_TERMINATED.>"],
    retention: "limits",
    maxAge: eventRetention,
    duplicateWindow: 120_000,
  },
];

/** The durable by which the server's notices become dead letters. */
export const advisoryDurable = "dead-letters";

/** The service that reads the server's notices: it may take commands away that nobody else is going to get. */
const advisoryKeeper = "scheduler";

const usual = { ackWait: 10_000, maxDeliver: 20, maxAckPending: 2_000 } as const;

const durable = (
  name: string,
  subscribed: readonly TopicName[],
  { stream = "EVENTS", service = name }: { readonly stream?: string; readonly service?: string } = {},
): DurableDeclaration => ({
  name,
  stream,
  service,
  topics: subscribed,
  ...usual,
});

const durables: readonly DurableDeclaration[] = [
  durable("ingest", ["subject.deleted", "dataset.deleted", "subject.erased", "dataset.erased"]),
  durable("catalog", [
    "scan.uploaded",
    "scan.imported",
    "scan.removed",
    "metadata.uploaded",
    "batch.opened",
    "batch.closed",
    "derivative.created",
    "derivative.dropped",
  ]),
  durable("scheduler", [
    "scan.withdrawn",
    "subject.deleted",
    "dataset.deleted",
    "subject.erased",
    "dataset.erased",
    "derivative.withdrawn",
    "derivative.superseded",
    "grant.changed",
  ]),
  durable("scheduler-commands", ["run.requested"], { stream: "COMMANDS", service: "scheduler" }),
  durable("pipeline-router", [
    "scan.indexed",
    "metadata.changed",
    "scan.withdrawn",
    "batch.opened",
    "batch.indexed",
    "subject.deleted",
    "dataset.deleted",
    "subject.erased",
    "dataset.erased",
    "derivative.indexed",
    "derivative.superseded",
    "derivative.withdrawn",
    "analysis.created",
    "task.finished",
    "run.finished",
    "grant.changed",
  ]),
  durable("tagger", [
    "subject.deleted",
    "dataset.deleted",
    "subject.erased",
    "dataset.erased",
    "derivative.indexed",
    "derivative.superseded",
    "derivative.withdrawn",
    "pipeline.applied",
    "pipeline.decided",
    "grant.changed",
  ]),
  // Reads the server's notices, whatever they are about, and writes dead letters.
  durable(advisoryDurable, [], { stream: "ADVISORIES", service: advisoryKeeper }),
];

/** Every stream and every durable consumer of Rollerblade; nothing else declares one. */
export const topology: Topology = { streams, durables, replicas: 1 };

/** The declared durable of that name, or null. */
export const durableNamed = (name: string, declared: Topology = topology): DurableDeclaration | null =>
  declared.durables.find((one) => one.name === name) ?? null;
