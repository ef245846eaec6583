/**
 * Bytes that a path within a dataset may have: an object's key is at most 1,024 with `datasets/<dataset>/` or
 * `archive/…` before it.
 */
export const maxPathBytes = 900;
/** Bytes that one folder or file name may have, as on common file systems. */
const maxSegmentBytes = 255;

/** Names of datasets: they stand in subjects of events, in keys of objects and in URLs. */
export const datasetNamePattern = /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/;

/** What is wrong with a dataset's name, or null. */
export const faultOfDatasetName = (name: string): string | null =>
  datasetNamePattern.test(name)
    ? null
    : "a dataset's name is 1 to 63 letters, digits, - and _, and begins with a letter or digit";

/**
 * What is wrong with a path relative to a dataset, or null. It never leaves the dataset and can be the key of an
 * object.
 */
export const faultOfPath = (path: string): string | null => {
  if (plain.test(path) && path.length <= maxSegmentBytes) return null;
  if (path === "") return "the path is empty";
  if (path.startsWith("/")) return "the path is absolute";
  if (!path.isWellFormed()) return "the path is not valid Unicode";
  if (control.test(path)) return "the path holds a control character";
  if (path.includes("\\")) return "the path holds a backslash";
  if (byteLength(path) > maxPathBytes) return `the path is longer than ${maxPathBytes} bytes`;
  for (const segment of path.split("/")) {
    if (segment === "" || segment === "." || segment === "..") return `the path has the segment "${segment}"`;
    if (segment.length * 3 > maxSegmentBytes && byteLength(segment) > maxSegmentBytes)
      return `a name in the path is longer than ${maxSegmentBytes} bytes`;
  }
  return null;
};

const encoder = new TextEncoder();

/** Bytes of a text in UTF-8; browsers check names as well, so that nothing of Node's own is used. */
const byteLength = (text: string): number => encoder.encode(text).length;

// What nearly every path of a dataset looks like, so that one look is enough.
const plain = /^(?:[\w+-][\w.+-]*\/)*[\w+-][\w.+-]*$/;

// C0, DEL and C1, and the line separators that some readers break lines at.
const control = /[\p{Cc}\u2028\u2029]/u;
