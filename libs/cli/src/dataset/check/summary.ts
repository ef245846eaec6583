import type { DatasetFinding, IndexedFile } from "@rollerblade/abids";

/** The summary of a dataset for a report, gathered file by file. Its size does not grow with the number of files. */
export type Summary = {
  files: number;
  errors: number;
  warnings: number;
  readonly classes: Map<string, number>;
  /** Data files by datatype and suffix. */
  readonly data: Map<string, number>;
  readonly subjects: Set<string>;
  sessions: number;
  readonly rules: Map<DatasetFinding["rule"], RuleSummary>;
};

/** The findings of one rule: how many, and the first of them. */
export type RuleSummary = { errors: number; warnings: number; readonly first: DatasetFinding[] };

/** A summary of nothing. */
export const emptySummary = (): Summary => ({
  files: 0,
  errors: 0,
  warnings: 0,
  classes: new Map(),
  data: new Map(),
  subjects: new Set(),
  sessions: 0,
  rules: new Map(),
});

/** Adds one file. `shown`: how many findings of a rule are kept. */
export const addFile = (summary: Summary, file: IndexedFile, shown: number): void => {
  if (file.class !== "missing") summary.files++;
  const kind = file.class === "ignored" ? `ignored (${file.kind})` : file.class;
  count(summary.classes, kind);
  if (file.kind === "data") {
    count(summary.data, `${file.datatype ?? "–"} ${file.suffix ?? "–"}`);
    addSession(summary, file);
  }
  for (const one of file.findings) addFinding(summary, one, shown);
};

/** Sessions come one after another, so that the one before is all that must be remembered. */
const addSession = (summary: Summary, { entities, path }: IndexedFile): void => {
  if (path.startsWith("derivatives/") || entities.subject === undefined) return;
  const subject = String(entities.subject);
  const key = `${subject}/${entities.session ?? ""}`;
  if (lastSession.get(summary) !== key) summary.sessions++;
  lastSession.set(summary, key);
  summary.subjects.add(subject);
};

const lastSession = new WeakMap<Summary, string>();

const addFinding = (summary: Summary, one: DatasetFinding, shown: number): void => {
  const rule = summary.rules.get(one.rule) ?? { errors: 0, warnings: 0, first: [] };
  summary.rules.set(one.rule, rule);
  const isError = one.severity === "error";
  rule[isError ? "errors" : "warnings"]++;
  summary[isError ? "errors" : "warnings"]++;
  if (rule.first.length < shown) rule.first.push(one);
};

const count = (counts: Map<string, number>, key: string): void => void counts.set(key, (counts.get(key) ?? 0) + 1);
