import { type DatasetFinding, finding } from "../dataset-finding.ts";
import type { Scope } from "../dataset-scope.ts";
import { readVectors } from "../schema-rules/columns.ts";
import { readText } from "../schema-rules/dataset-view.ts";

/** A `.bval` or `.bvec` file: numbers between blanks, and rows of one length. `path`: relative to the dataset. */
export const checkVectors = (scope: Scope, path: string): DatasetFinding[] => {
  const text = readText(scope, path);
  const full = scope.place.base + path;
  if (text === null) return [finding("bad-vectors", full, "cannot be read as text")];
  if (text === "") return [finding("empty-file", full, "is empty")];
  const rows = readVectors(text);
  const wrong = rows.flat().find((cell) => Number.isNaN(Number(cell)));
  const lengths = new Set(rows.map((row) => row.length));
  return [
    ...(wrong === undefined
      ? []
      : [finding("bad-vectors", full, `holds ${JSON.stringify(wrong.slice(0, 60))}, which is not a number`)]),
    ...(lengths.size > 1
      ? [finding("bad-vectors", full, `has rows of ${[...lengths].slice(0, 5).join(", ")} numbers`)]
      : []),
  ];
};
