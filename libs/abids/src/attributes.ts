import type { Finding } from "@rollerblade/errors";
import { faultOfPath } from "./check-path.ts";
import type { JsonObject } from "./json.ts";
import { normaliseAttributes } from "./normalise-attributes.ts";
import { readTsv } from "./tsv.ts";

/** Attributes by BIDS label, without `sub-` or `ses-`. */
export type Attributes = { readonly byLabel: ReadonlyMap<string, JsonObject>; readonly findings: readonly Finding[] };

/** `participants.tsv` as attributes by subject label. Never throws. */
export const readParticipants = (where: string, content: string | Uint8Array): Attributes =>
  readAttributes(where, content, "participant_id", "sub-");

/** `sub-X_sessions.tsv` as attributes by session label. Never throws. */
export const readSessions = (where: string, content: string | Uint8Array): Attributes =>
  readAttributes(where, content, "session_id", "ses-");

/** `phenotype/<tool>.tsv` as attributes by subject label; of a longitudinal table, the first row of each. Never throws. */
export const readPhenotype = (where: string, content: string | Uint8Array): Attributes =>
  readAttributes(where, content, "participant_id", "sub-");

/** `samples.tsv` as attributes by sample label; a sample that several subjects share has the first row's. Never throws. */
export const readSamples = (where: string, content: string | Uint8Array): Attributes =>
  readAttributes(where, content, "sample_id", "sample-");

/** `[sub-X[_ses-Y]]_scans.tsv` as attributes by path within the dataset. Never throws. */
export const readScans = (where: string, content: string | Uint8Array): Attributes => {
  const folder = where.slice(0, where.lastIndexOf("/") + 1);
  const table = readTsv(where, content);
  const findings = [...table.findings];
  if (table.columns.length > 0 && !table.columns.includes("filename"))
    findings.push({ where: `${where}:1`, message: "has no column filename" });
  const byLabel = new Map<string, JsonObject>();
  for (const [index, { filename, ...attributes }] of table.rows.entries()) {
    const path = typeof filename === "string" ? folder + filename.replace(/^\.\//, "") : null;
    const fault = path === null ? "names no file" : faultOfPath(path.replace(/\/$/, ""));
    if (path === null || fault !== null) findings.push({ where: `${where}:${index + 2}`, message: fault ?? "" });
    else if (!byLabel.has(path)) byLabel.set(path, attributes);
  }
  return { byLabel, findings };
};

/** What is known of a session: its own attributes, with the subject's age where it has none of its own. */
export const sessionAttributes = (subject: JsonObject, session: JsonObject): JsonObject => {
  const age = session.age ?? subject.age;
  return age === undefined ? session : { ...session, age };
};

const readAttributes = (where: string, content: string | Uint8Array, column: string, prefix: string): Attributes => {
  const table = readTsv(where, content);
  const findings = [...table.findings];
  const byLabel = new Map<string, JsonObject>();
  if (table.columns.length > 0 && !table.columns.includes(column))
    findings.push({ where: `${where}:1`, message: `has no column ${column}` });
  for (const [index, row] of table.rows.entries()) {
    const { [column]: id, ...attributes } = row;
    const label = typeof id === "string" ? labelOf(id, prefix) : null;
    const at = `${where}:${index + 2}`;
    if (label === null)
      findings.push({ where: at, message: `${column} is no ${prefix}<label>: ${JSON.stringify(id ?? null)}` });
    else if (byLabel.has(label))
      findings.push({ where: at, message: `${prefix}${label} stands twice; the first row counts` });
    else byLabel.set(label, normaliseAttributes(attributes));
  }
  return { byLabel, findings };
};

/** Older datasets write the label alone. */
const labelOf = (id: string, prefix: string): string | null => {
  const label = id.startsWith(prefix) ? id.slice(prefix.length) : id;
  return /^[0-9A-Za-z+]+$/.test(label) ? label : null;
};
