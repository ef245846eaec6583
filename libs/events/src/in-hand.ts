import type { JsMsg } from "@nats-io/jetstream";

/** A message that the server counts as ours. */
export type InHand = {
  readonly message: JsMsg;
  /**
   * False after the connection broke. Such a message is not answered: the server may have lost its tail and given the sequence to
   * another message, which the answer would then be about. It is delivered again, and the inbox knows what was done.
   */
  readonly current: () => boolean;
};
