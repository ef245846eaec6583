import { checkRules, type RuleCode, type Severity } from "@rollerblade/abids";
import type { Finding } from "@rollerblade/errors";

/**
 * What is wrong with a file as the catalog read it, by the rules of `dataset check`. It is for files that nobody else has judged, such as
 * those that another team announced: imports and uploads are judged by ingest.
 */
export type FileFinding = { readonly rule: RuleCode; readonly severity: Severity; readonly message: string };

/** Findings of one file that are kept; its first faults show what is wrong with the others. */
const maxFindings = 20;

/** The findings of a file; null where there are none, as in the column. A place (`participants.tsv:7`) becomes part of the message. */
export const fileFindings = (
  path: string,
  rule: RuleCode,
  findings: readonly Finding[],
  severity = checkRules[rule].severity,
): readonly FileFinding[] | null => {
  if (findings.length === 0) return null;
  const messages = findings.map(({ where, message }) =>
    where.startsWith(`${path}:`) ? `line ${where.slice(path.length + 1)}: ${message}` : message,
  );
  const more = messages.length - maxFindings;
  const shown = more <= 0 ? messages : [...messages.slice(0, maxFindings), `and ${more} more like these`];
  return shown.map((message) => ({ rule, severity, message }));
};
