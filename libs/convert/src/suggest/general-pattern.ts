/** Signs that separate the words of a path. */
const separators = /([/_.\-! ]+)/;

/**
 * Writes the patterns of paths that mean the same: what is the same in all of them stands as it is, the first part that differs is
 * the subject, and every other part that differs is anything.
 *
 *     generalPattern(["IXI002-Guys-T1.nii.gz", "IXI012-HH-T1.nii.gz"]) // ["{subject}-*-T1.nii.gz"]
 */
export const generalPattern = (paths: readonly string[]): readonly string[] => {
  const forms = Map.groupBy(paths, (path) =>
    path
      .split(separators)
      .map((part, index) => (index % 2 === 1 ? part : "·"))
      .join(""),
  );
  return [...forms.values()].map((group) => patternOf(group.map((path) => path.split(separators))));
};

const patternOf = (split: readonly (readonly string[])[]): string => {
  const [first = []] = split;
  const differs = first.map((part, index) => split.some((other) => other[index] !== part));
  const chosen = differs.indexOf(true);
  // A single path is taken apart at its first part with a digit: most people have a number.
  const subject =
    chosen >= 0
      ? chosen
      : Math.max(
          0,
          first.findIndex((part, index) => index % 2 === 0 && /\d/.test(part)),
        );
  return first
    .map((part, index) => {
      if (index === subject) return "{subject}";
      const repeats = split.every((other) => other[index] === other[subject]);
      return differs[index] === true || (repeats && index % 2 === 0) ? "*" : part.replace(/[{}*?]/g, "?");
    })
    .join("");
};
