import type { ConsumerConfig, StreamConfig } from "@nats-io/jetstream";
import type { consumerConfig, streamConfig } from "./nats-config.ts";

/** A setting of the server that is not what the topology declares. */
export type Drift = {
  /** `stream EVENTS`, `durable catalog`. */
  readonly of: string;
  readonly setting: string;
  readonly declared: string;
  readonly actual: string;
};

/** Where an existing stream differs from its declaration; nothing when it does not. */
export const streamDrift = (declared: ReturnType<typeof streamConfig>, actual: StreamConfig): readonly Drift[] =>
  differences(`stream ${declared.name}`, [
    ["subjects", sorted(declared.subjects), sorted(actual.subjects)],
    ["retention", declared.retention, actual.retention],
    ["storage", declared.storage, actual.storage],
    ["discard", declared.discard, actual.discard],
    ["max_age", declared.max_age, actual.max_age],
    ["duplicate_window", declared.duplicate_window, actual.duplicate_window],
    ["max_msgs_per_subject", declared.max_msgs_per_subject, actual.max_msgs_per_subject],
    ["num_replicas", declared.num_replicas, actual.num_replicas],
    ["allow_direct", declared.allow_direct, actual.allow_direct],
  ]);

/** Where an existing durable differs from its declaration. From where it once started does not matter any more. */
export const durableDrift = (declared: ReturnType<typeof consumerConfig>, actual: ConsumerConfig): readonly Drift[] =>
  differences(`durable ${declared.durable_name}`, [
    ["filter_subjects", sorted(declared.filter_subjects ?? []), sorted(filtersOf(actual))],
    ["ack_policy", declared.ack_policy, actual.ack_policy],
    ["ack_wait", declared.ack_wait, actual.ack_wait],
    ["max_deliver", declared.max_deliver, actual.max_deliver],
    ["max_ack_pending", declared.max_ack_pending, actual.max_ack_pending],
  ]);

// The server gives a single filter back under either name.
const filtersOf = (actual: ConsumerConfig): readonly string[] =>
  actual.filter_subjects ?? (actual.filter_subject === undefined ? [] : [actual.filter_subject]);

const sorted = (texts: readonly string[]): string => texts.toSorted().join(" ");

type Compared = readonly [setting: string, declared: unknown, actual: unknown];

const differences = (of: string, settings: readonly Compared[]): readonly Drift[] =>
  settings
    .map(([setting, declared, actual]) => ({ of, setting, declared: String(declared), actual: String(actual) }))
    .filter(({ declared, actual }) => declared !== actual);
