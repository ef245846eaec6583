import type { IndexedFile, Json } from "@rollerblade/abids";
import { pybidsEntities } from "./dataset-lines.ts";
import { differing } from "./equal.ts";
import type { Expectation } from "./expectations.ts";
import { pybidsReason } from "./pybids-reasons.ts";

/** One thing that PyBIDS reports otherwise. `reason`: why PyBIDS is wrong there, or null where it is ours to fix. */
export type Difference = {
  readonly file: string;
  /** `missing`: we have no such file; else the entity or metadata key. */
  readonly what: "missing" | "entity" | "metadata";
  readonly key: string;
  readonly ours: Json | undefined;
  readonly theirs: Json | undefined;
  readonly reason: string | null;
};

/** How far both agree on one dataset. */
export type Agreement = {
  readonly files: number;
  readonly sameEntities: number;
  readonly data: number;
  readonly sameMetadata: number;
  readonly differences: readonly Difference[];
};

/** Compares what we say of a dataset with what PyBIDS says. `folder`: where the dataset lay when PyBIDS was asked, as far as known. */
export const compareWithPybids = (
  folder: string,
  ours: ReadonlyMap<string, IndexedFile>,
  theirs: Expectation,
): Agreement => {
  const differences: Difference[] = [];
  let [sameEntities, data, sameMetadata] = [0, 0, 0];
  for (const [file, expected] of theirs) {
    const line = ours.get(file);
    const explain = (what: Difference["what"], key: string, ours: Json | undefined, theirs: Json | undefined): void => {
      const reason = pybidsReason({ folder, file, line, what, key, ours, theirs });
      differences.push({ file, what, key, ours, theirs, reason });
    };
    if (expected.metadata !== undefined) data++;
    if (line === undefined) {
      explain("missing", "", undefined, undefined);
      continue;
    }
    const entities = pybidsEntities(line);
    const wrong = differing(entities, expected.entities);
    if (wrong.length === 0) sameEntities++;
    for (const key of wrong) explain("entity", key, entities[key], expected.entities[key]);
    if (expected.metadata === undefined) continue;
    const metadata: Record<string, Json> = { ...line.metadata };
    const unequal = differing(metadata, expected.metadata);
    if (unequal.length === 0) sameMetadata++;
    for (const key of unequal) explain("metadata", key, metadata[key], expected.metadata[key]);
  }
  return { files: theirs.size, sameEntities, data, sameMetadata, differences };
};
