import { type ConsumerConfig, type JetStreamManager, jetstreamManager } from "@nats-io/jetstream";
import { type NatsConnection, PermissionViolationError } from "@nats-io/transport-node";
import { Problem } from "@rollerblade/errors";
import { type TopicName, topics } from "../topics/topics.ts";
import { durableDrift } from "./drift.ts";
import { ensureDurable } from "./ensure-topology.ts";
import { foundOrNull } from "./found-or-null.ts";
import { consumerConfig } from "./nats-config.ts";
import { type DurableDeclaration, durableNamed } from "./topology.ts";

/**
 * The durable of another team. It receives facts only: a command is for the one service that carries it out.
 * @throws Problem `invalid` when the topic is a command or the name cannot be one, `conflict` when it is one of ours
 */
export const foreignDurable = (name: string, subscribed: readonly TopicName[]): DurableDeclaration => {
  const command = subscribed.find((topic) => topics[topic].stream !== "EVENTS");
  if (command !== undefined)
    throw refused("invalid", `${command} is a command, and only one service may take it.`, command);
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(name)) {
    throw refused("invalid", `"${name}" cannot name a durable: use letters, digits, - and _.`, name);
  }
  if (durableNamed(name) !== null)
    throw refused("conflict", `The durable "${name}" is one of Rollerblade's own.`, name);
  return {
    name,
    stream: "EVENTS",
    service: name,
    topics: subscribed,
    ackWait: 10_000,
    maxDeliver: 20,
    maxAckPending: 1_000,
  };
};

/**
 * Makes the durable where the server does not have it and the team's user may make one. One that the operator made for the team may
 * have a narrower filter: only the datasets that were granted.
 * @throws Problem `conflict` when somebody made it with other settings, `forbidden` when the team's user may neither read nor make it
 */
export const ensureForeignDurable = async (connection: NatsConnection, durable: DurableDeclaration): Promise<void> => {
  try {
    await makeOrCompare(await jetstreamManager(connection, { checkAPI: false }), durable);
  } catch (cause) {
    if (!isRefusedByServer(cause)) throw cause;
    throw new Problem(
      {
        code: "forbidden",
        message: `This user may neither read nor make the durable "${durable.name}".`,
        subject: durable.name,
        next: "Ask whoever runs Rollerblade for `rollerblade events add-team`, and use the durable that it names.",
      },
      { cause },
    );
  }
};

const makeOrCompare = async (manager: JetStreamManager, durable: DurableDeclaration): Promise<void> => {
  const declared = consumerConfig(durable);
  const actual = await foundOrNull(manager.consumers.info(durable.stream, durable.name));
  if (actual === null) return void (await ensureDurable(manager, durable, false));
  const drift = durableDrift(declared, actual.config).filter(
    ({ setting }) => setting !== "filter_subjects" || !isNarrower(declared.filter_subjects ?? [], actual.config),
  );
  if (drift.length === 0) return;
  throw new Problem({
    code: "conflict",
    message: `The durable "${durable.name}" exists with other settings: ${drift.map(({ setting, actual }) => `${setting} is ${actual}`).join(", ")}.`,
    subject: durable.name,
    next: "Choose another name, or delete the durable if it is yours.",
  });
};

const isRefusedByServer = (error: unknown): boolean =>
  error instanceof PermissionViolationError ||
  (error instanceof Error && error.cause instanceof PermissionViolationError);

/** Whether all that a durable is filtered by lies within what is declared. */
const isNarrower = (declared: readonly string[], { filter_subject, filter_subjects }: ConsumerConfig): boolean => {
  const actual = filter_subjects ?? (filter_subject === undefined ? [] : [filter_subject]);
  return actual.length > 0 && actual.every((subject) => declared.some((pattern) => matches(pattern, subject)));
};

/** Whether a subject, which may have wildcards itself, lies within a pattern whose only wildcard is `*`. */
const matches = (pattern: string, subject: string): boolean => {
  const tokens = subject.split(".");
  const wanted = pattern.split(".");
  return wanted.length === tokens.length && wanted.every((token, at) => token === "*" || token === tokens[at]);
};

const refused = (code: "invalid" | "conflict", message: string, subject: string): Problem =>
  new Problem({ code, message, subject, next: "See docs/reference/events.md." });
