import type { Exit } from "../local/sandbox.ts";
import type { GroupCommand } from "./run-group.ts";

/** What the scheduler sends to a spawner. */
export type ToSpawner =
  /** Run a command. A spawner runs one at a time. */
  | { readonly type: "run"; readonly command: GroupCommand }
  /** End the command, for this reason. */
  | { readonly type: "end"; readonly attempt: string; readonly how: Exit["how"] }
  /** Report when a process group uses more bytes than these. */
  | { readonly type: "watch"; readonly attempt: string; readonly group: number; readonly bytes: number }
  | { readonly type: "unwatch"; readonly attempt: string }
  /** Send what the command has written so far and what it writes from now on, for this follower. */
  | { readonly type: "follow"; readonly attempt: string; readonly follower: number }
  | { readonly type: "unfollow"; readonly attempt: string; readonly follower: number };

/** What a spawner answers. */
export type FromSpawner =
  /** The command runs, as this process group. */
  | { readonly type: "began"; readonly attempt: string; readonly group: number }
  | { readonly type: "ended"; readonly attempt: string; readonly exit: Exit }
  /** A piece of output; base64, since messages are JSON and a piece may end within a character. */
  | { readonly type: "output"; readonly attempt: string; readonly follower: number; readonly bytes: string }
  /** A watched group uses more memory than it may. */
  | { readonly type: "exceeded"; readonly attempt: string };
