import { type DatasetFinding, indexDataset } from "@rollerblade/abids";
import { type PlannedContent, plannedTree } from "./planned-tree.ts";

/** What BIDS says of a planned dataset. */
export type Judgement = {
  readonly findings: readonly DatasetFinding[];
  /** Images whose header is judged once they are converted. */
  readonly unread: number;
};

/** Rules that speak of an empty file, which an image is before its conversion. */
const ofEmptyFiles = new Set(["empty-file", "EMPTY_FILE"]);

/** Rules that speak of gradients, which come with the conversion of a series. */
const ofVectors = /^(?:BVAL_|BVEC_|bad-vectors)/;

/** Holds a planned dataset against the BIDS schema, as a check of the written one would. */
export const judgePlan = (files: ReadonlyMap<string, PlannedContent>): Judgement => {
  const findings: DatasetFinding[] = [];
  for (const file of indexDataset(plannedTree(files), { tables: true })) findings.push(...file.findings);
  const isUnread = (path: string): boolean => files.get(path)?.kind === "unknown";
  const hasUnreadVectors = (path: string): boolean => isUnread(path.replace(/\.(?:nii\.gz|bval|bvec)$/, ".bval"));
  return {
    findings: findings.filter(
      ({ rule, file }) =>
        !(ofEmptyFiles.has(rule) && isUnread(file)) && !(ofVectors.test(rule) && hasUnreadVectors(file)),
    ),
    unread: [...files.values()].filter(({ kind }) => kind === "unknown").length,
  };
};
