import type { ReportedFinding } from "./findings-routes.ts";

/**
 * A finding as the route that takes reports accepts it and PostgreSQL can hold it: names and values are hostile, and
 * neither takes a NUL, half a surrogate pair or a text without an end.
 */
export const storableFinding = (finding: ReportedFinding): ReportedFinding => ({
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
