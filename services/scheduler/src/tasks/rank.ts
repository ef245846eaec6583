import type { Priority } from "../schema.ts";

const ranks = { interactive: 0, pipeline: 1, backfill: 2 } as const satisfies { [P in Priority]: number };

/** Returns the rank of a priority, by which queues are ordered: the lowest goes first. Example: `rankOf("interactive")` is 0. */
export const rankOf = (priority: Priority): number => ranks[priority];

/** Tells whether a text, which may come from a message, is a priority. */
export const isPriority = (text: string): text is Priority => Object.hasOwn(ranks, text);
