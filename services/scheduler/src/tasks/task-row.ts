import type { tasks } from "../schema.ts";

/** A row of `scheduler.tasks`: one slice of a run. */
export type Task = typeof tasks.$inferSelect;
