import { z } from "zod";
import type { Immutable } from "./immutable.ts";
import { type Level, levels } from "./levels.ts";

/** The schema of a {@link Level}. */
export const levelSchema = z.enum(levels, {
  error: ({ input }) =>
    typeof input !== "string" ? undefined : `"${input}" is not a level: it must be one of ${levels.join(", ")}`,
});

/** One part of one dataset, by name; the names that its level does not need are null. */
export const sliceRefSchema = z.object({
  level: levelSchema,
  dataset: z.string(),
  subject: z.string().nullable().describe("BIDS label without `sub-`."),
  session: z.string().nullable().describe("BIDS label without `ses-`."),
  scan: z.string().nullable().describe("Path of the scan's data file."),
});

/** One part of one dataset, see {@link sliceRefSchema}. */
export type SliceRef = Immutable<z.infer<typeof sliceRefSchema>>;

/** Writes a slice as one text: equal for the same part of the same dataset, different for any other. */
export const sliceKey = ({ level, dataset, subject, session, scan }: SliceRef): string =>
  JSON.stringify([level, dataset, subject, session, scan]);

/**
 * Returns the slice of another level that this one lies in, or undefined where the other level is finer.
 * A scan lies in its session, its subject and its dataset.
 */
export const enclosing = (slice: SliceRef, level: Level): SliceRef | undefined => {
  if (levels.indexOf(level) < levels.indexOf(slice.level)) return undefined;
  return {
    level,
    dataset: slice.dataset,
    subject: level === "dataset" ? null : slice.subject,
    session: level === "session" || level === "scan" ? slice.session : null,
    scan: level === "scan" ? slice.scan : null,
  };
};

/** Whether one slice is the other one or a part of it. */
export const liesWithin = (inner: SliceRef, outer: SliceRef): boolean => {
  const same = enclosing(inner, outer.level);
  return same !== undefined && sliceKey(same) === sliceKey(outer);
};
