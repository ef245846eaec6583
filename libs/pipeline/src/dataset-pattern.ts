/** Whether a document that speaks for these names and patterns speaks for this dataset. */
export const matchesDataset = (patterns: readonly string[], dataset: string): boolean =>
  patterns.some((pattern) => asExpression(pattern).test(dataset));

const compiled = new Map<string, RegExp>();

const asExpression = (pattern: string): RegExp => {
  const known = compiled.get(pattern);
  if (known !== undefined) return known;
  const made = new RegExp(`^${pattern.replaceAll("*", ".*").replaceAll("?", ".")}$`);
  compiled.set(pattern, made);
  return made;
};

/** Whether some name fits both patterns. */
export const patternsOverlap = (one: string, other: string): boolean => {
  const [head, headOther] = [one[0], other[0]];
  if (head === "*")
    return patternsOverlap(one.slice(1), other) || (other !== "" && patternsOverlap(one, other.slice(1)));
  if (headOther === "*") return patternsOverlap(other, one);
  if (head === undefined || headOther === undefined) return head === headOther;
  if (head !== "?" && headOther !== "?" && head !== headOther) return false;
  return patternsOverlap(one.slice(1), other.slice(1));
};
