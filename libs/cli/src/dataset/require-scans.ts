import type { ImportStatus } from "@rollerblade/client";
import { Problem } from "@rollerblade/errors";
import { plural } from "../plural.ts";

/** What of an import tells how many scans it brought. */
type Imported = Pick<ImportStatus, "dataset" | "findings" | "summary">;

/** Scans that the dataset has now. */
export const scansIn = ({ summary }: Pick<Imported, "summary">): number => {
  const { added, changed, unchanged } = summary?.scans ?? { added: 0, changed: 0, unchanged: 0 };
  return added + changed + unchanged;
};

/** Names of what was left out that a message gives. */
const maxNamed = 3;

/**
 * An import that leaves out whatever lies in the folders of subjects, since it is a link out of the folder for example, is no success, though the
 * files at the root of the dataset are there now. @throws Problem `invalid`
 */
export const requireScans = (status: Imported): void => {
  const left = status.findings.filter(({ where }) => where.startsWith("sub-"));
  if (scansIn(status) > 0 || left.length === 0) return;
  const named = left.slice(0, maxNamed).map(({ where }) => where);
  throw new Problem({
    code: "invalid",
    message: `No scan of ${status.dataset} was imported: ${plural(left.length, "path")} of subjects left out, such as ${named.join(", ")}.`,
    subject: status.dataset,
    next: "Fix what is named above, and import again.",
  });
};
