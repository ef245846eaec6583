import type { Exit } from "../local/sandbox.ts";
import type { GroupCommand } from "./run-group.ts";

/** What the scheduler says to its spawner. */
export type ToSpawner =
  | { readonly say: "run"; readonly command: GroupCommand }
  | { readonly say: "kill"; readonly attempt: string };

/** What the spawner answers. */
export type FromSpawner = { readonly attempt: string; readonly exit: Exit };
