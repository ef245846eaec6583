import type { Finding } from "@rollerblade/errors";
import { faultOfPath } from "./check-path.ts";
import type { Json, JsonObject } from "./json.ts";
import { scanFileName } from "./keyed-lines.ts";
import { normaliseAttributes } from "./normalise-attributes.ts";
import { readTsv } from "./tsv.ts";

/** Attributes by BIDS label, without `sub-` or `ses-`. */
export type Attributes = { readonly byLabel: ReadonlyMap<string, JsonObject>; readonly findings: readonly Finding[] };

/** What `participants.tsv` says of people, and of their sessions where it has a column `session_id`. */
export type Participants = Attributes & { readonly sessions: readonly PersonRow[] };

/**
 * `participants.tsv` as attributes by subject label. Never throws. With a column `session_id`, as longitudinal studies
 * write it, each row is of one session, and of the subject is what all of the subject's rows agree on: `sex`, and not
 * `age`. A row with `n/a` there is of the subject alone.
 */
export const readParticipants = (where: string, content: string | Uint8Array): Participants => {
  const { rows, findings, columns } = readPersonRows(where, content, "session_id", "ses-");
  if (!columns.includes("session_id"))
    return { byLabel: new Map(rows.map((row) => [row.subject, row.attributes])), sessions: [], findings };
  const byLabel = [...Map.groupBy(rows, ({ subject }) => subject)].map(
    ([subject, own]) => [subject, sharedBy(own)] as const,
  );
  return { byLabel: new Map(byLabel), sessions: rows.filter(({ part }) => part !== null), findings };
};

/** The row that is of the person and no session; without one, what all rows agree on. */
const sharedBy = (rows: readonly PersonRow[]): JsonObject => {
  const own = rows.find(({ part }) => part === null) ?? rows[0];
  if (own === undefined || own.part === null) return own?.attributes ?? {};
  const agreed = Object.entries(own.attributes).filter(([column, value]) =>
    rows.every(({ attributes }) => JSON.stringify(attributes[column]) === JSON.stringify(value)),
  );
  return Object.fromEntries(agreed);
};

/** `sub-X_sessions.tsv` as attributes by session label. Never throws. */
export const readSessions = (where: string, content: string | Uint8Array): Attributes => {
  const table = readTsv(where, content);
  const findings = [...table.findings];
  const byLabel = new Map<string, JsonObject>();
  if (table.columns.length > 0 && !table.columns.includes("session_id"))
    findings.push({ where: `${where}:1`, message: "has no column session_id" });
  for (const [index, { session_id: id, ...attributes }] of table.rows.entries()) {
    const label = typeof id === "string" ? labelOf(id, "ses-") : null;
    const at = `${where}:${index + 2}`;
    if (label === null)
      findings.push({ where: at, message: `session_id is not ses-<label>: ${JSON.stringify(id ?? null)}` });
    else if (byLabel.has(label))
      findings.push({ where: at, message: `ses-${label} appears twice; the first row is used` });
    else byLabel.set(label, normaliseAttributes(attributes));
  }
  return { byLabel, findings };
};

/** A row about a person: of one of the person's sessions or samples where the table has a column for them. */
export type PersonRow = { readonly subject: string; readonly part: string | null; readonly attributes: JsonObject };

/** The first row of each person and part. */
export type PersonRows = { readonly rows: readonly PersonRow[]; readonly findings: readonly Finding[] };

/** `phenotype/<tool>.tsv`: rows of subjects, or of their sessions where the table has `session_id`. Never throws. */
export const readPhenotype = (where: string, content: string | Uint8Array): PersonRows =>
  readPersonRows(where, content, "session_id", "ses-");

/** `samples.tsv`: rows of the samples of subjects. Never throws. */
export const readSamples = (where: string, content: string | Uint8Array): PersonRows =>
  readPersonRows(where, content, "sample_id", "sample-");

const readPersonRows = (
  where: string,
  content: string | Uint8Array,
  column: string,
  prefix: string,
): PersonRows & { readonly columns: readonly string[] } => {
  const table = readTsv(where, content);
  const findings = [...table.findings];
  const rows = new Map<string, PersonRow>();
  const isRequired = column === "sample_id";
  const names = (subject: string, part: string | null): string =>
    part === null ? `sub-${subject}` : `sub-${subject} with ${prefix}${part}`;
  const missing = ["participant_id", ...(isRequired ? [column] : [])].find((one) => !table.columns.includes(one));
  if (table.columns.length > 0 && missing !== undefined)
    findings.push({ where: `${where}:1`, message: `has no column ${missing}` });
  for (const [index, { participant_id: id, [column]: partId, ...attributes }] of table.rows.entries()) {
    const subject = typeof id === "string" ? labelOf(id, "sub-") : null;
    const part = typeof partId === "string" ? labelOf(partId, prefix) : null;
    const at = `${where}:${index + 2}`;
    const key = `${subject} ${part}`;
    if (subject === null)
      findings.push({ where: at, message: `participant_id is not sub-<label>: ${JSON.stringify(id ?? null)}` });
    else if (part === null && (isRequired || typeof partId === "string"))
      findings.push({ where: at, message: `${column} is not ${prefix}<label>: ${JSON.stringify(partId ?? null)}` });
    else if (rows.has(key))
      findings.push({ where: at, message: `${names(subject, part)} appears twice; the first row is used` });
    else rows.set(key, { subject, part, attributes: normaliseAttributes(attributes) });
  }
  return { rows: [...rows.values()], findings, columns: table.columns };
};

/** `[sub-X[_ses-Y]]_scans.tsv` as attributes by path within the dataset. Never throws. */
export const readScans = (where: string, content: string | Uint8Array): Attributes => {
  const folder = where.slice(0, where.lastIndexOf("/") + 1);
  const table = readTsv(where, content);
  const findings = [...table.findings];
  if (table.columns.length > 0 && !table.columns.includes("filename"))
    findings.push({ where: `${where}:1`, message: "has no column filename" });
  const byLabel = new Map<string, JsonObject>();
  for (const [index, { filename, ...attributes }] of table.rows.entries()) {
    const path = typeof filename === "string" ? folder + scanFileName(filename) : null;
    const fault = path === null ? "names no file" : faultOfPath(path);
    if (path === null || fault !== null) findings.push({ where: `${where}:${index + 2}`, message: fault ?? "" });
    else if (!byLabel.has(path)) byLabel.set(path, attributes);
  }
  return { byLabel, findings };
};

/**
 * The row of a session in `sessions.tsv`, with what only its row in `participants.tsv` says. An age that could not be
 * read stays unknown.
 */
export const sessionRow = (participants: JsonObject, sessions: JsonObject): JsonObject => {
  const own = Object.entries(sessions).filter(([, value]) => value !== null);
  const hasAge = isWritten(sessions.age_as_written) ? { age: sessions.age ?? null } : {};
  return { ...sessions, ...participants, ...Object.fromEntries(own), ...hasAge };
};

/**
 * What is known of a session: its own attributes, with the subject's age where it has none of its own. An age of its own
 * that could not be read stays unknown.
 */
export const sessionAttributes = (subject: JsonObject, session: JsonObject): JsonObject => {
  const age = session.age ?? (isWritten(session.age_as_written) ? null : subject.age);
  return age === undefined ? session : { ...session, age };
};

const isWritten = (value: Json | undefined): boolean => value !== undefined && value !== null;

/** Older datasets write the label alone. */
const labelOf = (id: string, prefix: string): string | null => {
  const label = id.startsWith(prefix) ? id.slice(prefix.length) : id;
  return /^[0-9A-Za-z+]+$/.test(label) ? label : null;
};
