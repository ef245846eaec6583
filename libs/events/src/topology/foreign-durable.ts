import { jetstreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { Problem } from "@rollerblade/errors";
import { type TopicName, topics } from "../topics/topics.ts";
import { ensureDurable } from "./ensure-topology.ts";
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
  return { name, stream: "EVENTS", topics: subscribed, ackWait: 10_000, maxDeliver: 20, maxAckPending: 1_000 };
};

/**
 * Creates the durable if it is missing.
 * @throws Problem `conflict` when somebody made it with other settings
 */
export const ensureForeignDurable = async (connection: NatsConnection, durable: DurableDeclaration): Promise<void> => {
  const { drift } = await ensureDurable(await jetstreamManager(connection), durable, false);
  if (drift.length === 0) return;
  throw new Problem({
    code: "conflict",
    message: `The durable "${durable.name}" exists with other settings: ${drift.map(({ setting, actual }) => `${setting} is ${actual}`).join(", ")}.`,
    subject: durable.name,
    next: "Choose another name, or delete the durable if it is yours.",
  });
};

const refused = (code: "invalid" | "conflict", message: string, subject: string): Problem =>
  new Problem({ code, message, subject, next: "See docs/reference/events.md." });
