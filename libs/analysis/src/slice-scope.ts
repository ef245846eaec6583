import type { Level, SliceRef } from "./facts.ts";

/** One text a slice: equal for the same part of the same dataset, different for any other. */
export const sliceKey = ({ level, dataset, subject, session, scan }: SliceRef): string =>
  JSON.stringify([level, dataset, subject, session, scan]);

/** The slice of another level that this one lies in, or undefined where the other level is finer. */
export const enclosing = (slice: SliceRef, level: Level): SliceRef | undefined => {
  if (depth(level) > depth(slice.level)) return undefined;
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

const levels: readonly Level[] = ["dataset", "subject", "session", "scan"];

const depth = (level: Level): number => levels.indexOf(level);
