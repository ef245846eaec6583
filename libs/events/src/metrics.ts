import {
  type Counter,
  counter,
  durations,
  type Gauge,
  gauge,
  type Histogram,
  type Registry,
} from "@rollerblade/telemetry";

/** What became of a delivery. */
export type Outcome = "handled" | "duplicate" | "retried" | "dead";

/** Everything that is counted of events in one service. */
export type EventMetrics = {
  readonly published: Counter<"topic">;
  readonly publishFailures: Counter<string>;
  readonly outboxWaiting: Gauge;
  readonly outboxLag: Gauge;
  readonly delivered: Counter<"durable" | "topic" | "outcome">;
  readonly redelivered: Counter<"durable">;
  readonly deadLetters: Counter<"durable">;
  readonly handling: Histogram<"durable">;
  readonly drift: Gauge;
};

/** Registers the metrics of events. */
export const eventMetrics = (registry: Registry): EventMetrics => ({
  published: counter(registry, "rollerblade_events_published_total", "Events that the stream acknowledged.", ["topic"]),
  publishFailures: counter(registry, "rollerblade_events_publish_failures_total", "Attempts to publish that failed."),
  outboxWaiting: gauge(registry, "rollerblade_outbox_waiting", "Rows of the outbox that are not published yet."),
  outboxLag: gauge(registry, "rollerblade_outbox_lag_seconds", "Age of the oldest row that is not published yet."),
  delivered: counter(registry, "rollerblade_events_delivered_total", "Deliveries by what became of them.", [
    "durable",
    "topic",
    "outcome",
  ]),
  redelivered: counter(registry, "rollerblade_events_redelivered_total", "Deliveries that were not the first.", [
    "durable",
  ]),
  deadLetters: counter(registry, "rollerblade_events_dead_letters_total", "Events that were given up.", ["durable"]),
  handling: durations(registry, "rollerblade_events_handling_seconds", "Time to handle one batch, commit included.", [
    "durable",
  ]),
  drift: gauge(registry, "rollerblade_events_topology_drift", "Settings of the server that are not as declared."),
});
