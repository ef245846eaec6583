import type { tasks } from "../schema.ts";

/** A task as it stands in its table. */
export type Task = typeof tasks.$inferSelect;
