import type { Stats } from "node:fs";

/** Milliseconds within which a further write may leave the time of a file as it is. */
const granularity = 20;

/**
 * What a file system says of a file's content: its times of modification and of change (which no program can set back). Null for a
 * file that was just written to: a further write could go unnoticed.
 */
export const fileVersion = (
  { mtimeMs, ctimeMs }: Pick<Stats, "mtimeMs" | "ctimeMs">,
  now = Date.now(),
): string | null => (Math.max(mtimeMs, ctimeMs) > now - granularity ? null : `${mtimeMs}-${ctimeMs}`);
