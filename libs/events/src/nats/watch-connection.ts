import type { NatsConnection } from "@nats-io/transport-node";

/** Callbacks for the states of a connection. */
export type ConnectionListener = { readonly lost: () => void; readonly again: () => void };

/**
 * Reports when the connection breaks and when it stands again.
 * @returns a function that ends it
 */
export const watchConnection = (connection: NatsConnection, { lost, again }: ConnectionListener): (() => void) => {
  let over = false;
  const watch = async (): Promise<void> => {
    for await (const { type } of connection.status()) {
      if (over) return;
      if (type === "disconnect") lost();
      if (type === "reconnect") again();
    }
  };
  // Ends with the connection.
  void watch();
  return () => {
    over = true;
  };
};

/** Whether the connection stands at this moment; a broken one is being made anew. */
export const connectedState = (connection: NatsConnection): (() => boolean) => {
  let connected = true;
  watchConnection(connection, {
    lost: () => {
      connected = false;
    },
    again: () => {
      connected = true;
    },
  });
  return () => connected && !connection.isClosed();
};
