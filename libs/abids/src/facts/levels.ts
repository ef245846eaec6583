/**
 * The parts of a dataset that an analysis, a query or a rule can work on one at a time, from the finest to the
 * coarsest. In a file of its own without dependencies, so that the command line can offer them without loading a
 * schema.
 */
export const levels = ["scan", "session", "subject", "dataset"] as const;

/** The level of a slice, see {@link levels}. */
export type Level = (typeof levels)[number];
