/** A pattern of datasets (`*` and `?`) as a regular expression of PostgreSQL; it matches what `matchesDataset` matches. */
export const datasetExpression = (pattern: string): string =>
  `^${[...pattern].map((letter) => wildcards.get(letter) ?? literal(letter)).join("")}$`;

const wildcards = new Map([
  ["*", ".*"],
  ["?", "."],
]);

const literal = (letter: string): string => (/[A-Za-z0-9_]/.test(letter) ? letter : `\\${letter}`);
