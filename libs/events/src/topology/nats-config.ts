import {
  AckPolicy,
  type ConsumerConfig,
  DeliverPolicy,
  DiscardPolicy,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
} from "@nats-io/jetstream";
import { nanos } from "@nats-io/nats-core";
import { replaySubjects } from "../dead-letters/replay-subject.ts";
import { subjectsOf } from "../topics/subject.ts";
import type { DurableDeclaration, StreamDeclaration } from "./topology.ts";

/** A declared stream in the server's words: always on disk, read by sequence without a consumer. */
export const streamConfig = (stream: StreamDeclaration, replicas: number) =>
  ({
    name: stream.name,
    description: stream.description,
    subjects: [...stream.subjects],
    retention: stream.retention === "workqueue" ? RetentionPolicy.Workqueue : RetentionPolicy.Limits,
    storage: StorageType.File,
    discard: DiscardPolicy.Old,
    max_age: nanos(stream.maxAge),
    duplicate_window: nanos(stream.duplicateWindow),
    num_replicas: replicas,
    max_msgs_per_subject: stream.maxMessagesPerSubject ?? -1,
    allow_direct: true,
  }) satisfies Partial<StreamConfig>;

/** A declared durable in the server's words: pulled, acknowledged one by one, from the stream's beginning. */
export const consumerConfig = (durable: DurableDeclaration) =>
  ({
    durable_name: durable.name,
    ack_policy: AckPolicy.Explicit,
    deliver_policy: DeliverPolicy.All,
    ack_wait: nanos(durable.ackWait),
    max_deliver: durable.maxDeliver,
    max_ack_pending: durable.maxAckPending,
    ...(durable.topics.length === 0 ? {} : { filter_subjects: filterSubjects(durable) }),
  }) satisfies Partial<ConsumerConfig>;

/** The subjects of a durable's topics, and the replays of what it gave up. */
const filterSubjects = ({ name, stream, topics }: DurableDeclaration): string[] => [
  ...topics.flatMap((topic) => subjectsOf(topic)),
  replaySubjects(stream, name),
];
