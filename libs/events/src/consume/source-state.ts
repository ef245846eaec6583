/**
 * Where the pulling of a durable stands; `M` is the open iterator of messages.
 *
 *     opening ──opened──▶ open ──fault, ended, reconnected──▶ opening
 *        └──failed──▶ lost ──retried, reconnected──▶ opening
 *     any ──disconnected──▶ lost          any ──stopped──▶ closed
 */
export type SourceState<M> =
  /** The server was asked for the stream, the durable and its messages. */
  | { readonly is: "opening"; readonly failures: number }
  /** Messages come. */
  | { readonly is: "open"; readonly messages: M }
  /** Nothing comes, until the connection stands again or the delay after a failure is over. */
  | { readonly is: "lost"; readonly until: "reconnected" | "retried"; readonly failures: number }
  /** Stopped for good. */
  | { readonly is: "closed" };

/** What changes the state. */
export type SourceEvent<M> =
  /** The server answered: messages come from now on. */
  | { readonly type: "opened"; readonly messages: M }
  /** The server refused to open the pull, or broke it off with an error. */
  | { readonly type: "failed" }
  /** The delay after a failure is over. */
  | { readonly type: "retried" }
  /** The client noticed something of which the pull does not recover: missed heartbeats, a durable that is gone. */
  | { readonly type: "fault" }
  /** No more messages come, without a fault. */
  | { readonly type: "ended" }
  | { readonly type: "disconnected" }
  | { readonly type: "reconnected" }
  | { readonly type: "stopped" };

/** The state after an event; the same object where the event changes nothing. */
export const nextState = <M>(state: SourceState<M>, event: SourceEvent<M>): SourceState<M> => {
  if (state.is === "closed") return state;
  const failures = state.is === "open" ? 0 : state.failures;
  switch (event.type) {
    case "stopped":
      return { is: "closed" };
    case "disconnected":
      return state.is === "lost" && state.until === "reconnected"
        ? state
        : { is: "lost", until: "reconnected", failures };
    case "reconnected":
      // Also while opening: what was asked before is never answered by a server that was restarted.
      return { is: "opening", failures };
    case "opened":
      return state.is === "opening" ? { is: "open", messages: event.messages } : state;
    case "failed":
      return state.is === "lost" ? state : { is: "lost", until: "retried", failures: failures + 1 };
    case "retried":
      return state.is === "lost" && state.until === "retried" ? { is: "opening", failures } : state;
    case "fault":
    case "ended":
      return state.is === "open" ? { is: "opening", failures: 0 } : state;
  }
};
