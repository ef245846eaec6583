/** Whether a document that speaks for these names and patterns speaks for this dataset. */
export const matchesDataset = (patterns: readonly string[], dataset: string): boolean =>
  patterns.some((pattern) => patternsOverlap(pattern, dataset));

/**
 * Whether some name fits both patterns; a plain name fits only itself. Takes time in proportion to the product of both
 * lengths, whatever they hold.
 */
export const patternsOverlap = (one: string, other: string): boolean => {
  // row[j]: whether the rests of `one` and `other` from here and from j on have a name in common.
  let row = lastRow(other);
  for (let at = one.length - 1; at >= 0; at--) row = rowBefore(one[at] ?? "", other, row);
  return row[0] === true;
};

const lastRow = (other: string): boolean[] => {
  const row = Array.from({ length: other.length + 1 }, () => true);
  for (let at = other.length - 1; at >= 0; at--) row[at] = other[at] === "*" && row[at + 1] === true;
  return row;
};

const rowBefore = (letter: string, other: string, after: readonly boolean[]): boolean[] => {
  const row = Array.from({ length: other.length + 1 }, () => false);
  row[other.length] = letter === "*" && after[other.length] === true;
  for (let at = other.length - 1; at >= 0; at--) {
    const star = letter === "*" || other[at] === "*";
    row[at] = star
      ? after[at] === true || row[at + 1] === true
      : (letter === other[at] || letter === "?" || other[at] === "?") && after[at + 1] === true;
  }
  return row;
};
