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
  | { readonly type: "unwatch"; readonly attempt: string };

/** What a spawner answers. */
export type FromSpawner =
  /** The command runs, as this process group. */
  | { readonly type: "began"; readonly attempt: string; readonly group: number }
  | { readonly type: "ended"; readonly attempt: string; readonly exit: Exit }
  /** A watched group uses more memory than it may. */
  | { readonly type: "exceeded"; readonly attempt: string };
