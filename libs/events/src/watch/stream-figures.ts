import { jetstreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { topology } from "../topology/topology.ts";

/** What the server holds of every declared stream, and what every durable has before it and in hand. */
export type StreamFigures = {
  readonly streams: { readonly name: string; readonly messages: number; readonly bytes: number }[];
  readonly consumers: {
    readonly durable: string;
    readonly waiting: number;
    readonly inHand: number;
    readonly redelivered: number;
  }[];
  readonly deadLetters: number;
};

/** Asks the server for its figures. @throws whatever keeps it from answering */
export const streamFigures = async (connection: NatsConnection): Promise<StreamFigures> => {
  const manager = await jetstreamManager(connection);
  const streams = await Promise.all(
    topology.streams.map(async ({ name }) => {
      const { messages, bytes } = (await manager.streams.info(name)).state;
      return { name, messages, bytes };
    }),
  );
  const consumers = await Promise.all(
    topology.durables.map(async ({ name, stream }) => {
      const info = await manager.consumers.info(stream, name);
      const { num_pending: waiting, num_ack_pending: inHand, num_redelivered: redelivered } = info;
      return { durable: name, waiting, inHand, redelivered };
    }),
  );
  return { streams, consumers, deadLetters: streams.find(({ name }) => name === "DEAD_LETTERS")?.messages ?? 0 };
};
