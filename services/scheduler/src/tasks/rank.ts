import type { Priority } from "../schema.ts";

const ranks = { interactive: 0, pipeline: 1, backfill: 2 } as const satisfies { [P in Priority]: number };

/** The place of a priority in the order of all work: the lowest goes first. */
export const rankOf = (priority: Priority): number => ranks[priority];

/** Whether a text is a priority. */
export const isPriority = (text: string): text is Priority => Object.hasOwn(ranks, text);
