import type { ReportedFinding } from "@rollerblade/client";

/** A finding as PostgreSQL can hold it: names are hostile, and it has no NUL and no half of a pair. */
export const storable = (finding: ReportedFinding): ReportedFinding => ({
  ...finding,
  rule: plain(finding.rule),
  file: plain(finding.file),
  message: plain(finding.message),
  advice: plain(finding.advice),
  section: plain(finding.section),
});

/** Characters of one text, as the route that takes reports limits them. */
const maxTextLength = 4_096;

const plain = (text: string): string => text.slice(0, maxTextLength).toWellFormed().replaceAll("\0", "\ufffd");
