import { faultOfPath } from "../check-path.ts";
import { isHiddenPath } from "../classify.ts";

/** Folders at the top of a dataset that are datasets of their own, or no BIDS. */
const closedAtTop = ["derivatives", "sourcedata"] as const;

/** Why nobody asks what a path is: it is hidden, or lies in `sourcedata` or `derivatives`, or is one of these. */
export type LeftOutReason = "hidden" | (typeof closedAtTop)[number];

/** Returns why a path of a dataset takes no part in it whatever lies there, be it a link to nothing, or null. */
export const leftOutReason = (path: string): LeftOutReason | null => {
  const top = closedAtTop.find((folder) => path === folder || path.startsWith(`${folder}/`));
  if (top !== undefined) return top;
  // A name that no store can hold is told, also of a hidden file: it may be meant to hide.
  return isHiddenPath(path) && path !== ".bidsignore" && faultOfPath(path) === null ? "hidden" : null;
};
