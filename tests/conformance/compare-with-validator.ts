import type { IndexedFile } from "@rollerblade/abids";
import { validatorReason } from "./validator-reasons.ts";

/** Codes by which the official validator refuses a name. */
const nameCodes: ReadonlySet<string> = new Set([
  ...["NOT_INCLUDED", "ALL_FILENAME_RULES_HAVE_ISSUES", "EXTENSION_MISMATCH", "DATATYPE_MISMATCH", "INVALID_LOCATION"],
  ...[
    "FILENAME_MISMATCH",
    "ENTITY_NOT_IN_RULE",
    "MISSING_REQUIRED_ENTITY",
    "INVALID_ENTITY_LABEL",
    "ENTITY_WITH_NO_LABEL",
  ],
]);

/** A name that only one of us refuses. `reason`: why we are right by the specification, or null where it is ours to fix. */
export type NameDifference = {
  readonly file: string;
  readonly refusedBy: "us" | "validator";
  /** Our reason, or their codes. */
  readonly because: string;
  readonly reason: string | null;
};

/** How far both agree on the names of one dataset. */
export type NameAgreement = {
  readonly names: number;
  readonly same: number;
  readonly refusedByBoth: number;
  readonly differences: readonly NameDifference[];
};

/** `refused`: codes by path, as the validator gave them; folders end in a slash. */
export const compareWithValidator = (
  ours: ReadonlyMap<string, IndexedFile>,
  refused: ReadonlyMap<string, readonly string[]>,
): NameAgreement => {
  const theirs = [...refused.keys()].map((path) =>
    ours.has(path.replace(/\/$/, "")) ? path.replace(/\/$/, "") : path,
  );
  const paths = new Set([...[...ours.values()].filter(isNamed).map(({ path }) => path), ...theirs]);
  const differences: NameDifference[] = [];
  let [same, refusedByBoth] = [0, 0];
  for (const path of paths) {
    const line = ours.get(path) ?? ours.get(path.replace(/\/$/, ""));
    const codes = refused.get(path) ?? refused.get(`${path}/`) ?? [];
    const byUs = line?.class === "invalid";
    if (byUs === codes.length > 0) {
      same++;
      if (byUs) refusedByBoth++;
      continue;
    }
    const because = byUs ? `${line.kind}: ${line.reason}` : codes.join();
    const refusedBy = byUs ? "us" : "validator";
    differences.push({ file: path, refusedBy, because, reason: validatorReason({ path, line, codes, ours }) });
  }
  return { names: paths.size, same, refusedByBoth, differences };
};

/** The validator does not look at what BIDS leaves open: `sourcedata`, `code`, `derivatives`, what `.bidsignore` names. */
const isNamed = ({ class: is, path }: IndexedFile): boolean =>
  is !== "ignored" && is !== "missing" && !path.startsWith("derivatives/");

/** Reads the names that the validator refused from its `--json` output. */
export const refusedNames = (output: string): Map<string, string[]> => {
  const report: { issues: { issues: { code: string; location?: string }[] } } = JSON.parse(output);
  const refused = new Map<string, string[]>();
  for (const { code, location } of report.issues.issues) {
    if (location === undefined || !nameCodes.has(code)) continue;
    const path = location.replace(/^\//, "");
    refused.set(path, [...(refused.get(path) ?? []), code]);
  }
  return refused;
};
