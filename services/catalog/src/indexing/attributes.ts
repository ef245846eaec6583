import { canonicalJson, type JsonObject } from "@rollerblade/abids";
import type { Transaction } from "@rollerblade/database";
import type { ChangedAttributes } from "./affected-scans.ts";
import type { FileChanges } from "./apply-files.ts";
import type { Change } from "./change.ts";

type Rows = ReadonlyMap<string, JsonObject>;

const nothing: Rows = new Map();

/** Labels whose attributes differ between what is known and what the table says now; no line means no attributes. */
const differing = (known: Rows, told: Rows): string[] =>
  [...new Set([...known.keys(), ...told.keys()])].filter(
    (label) => canonicalJson(known.get(label) ?? {}) !== canonicalJson(told.get(label) ?? {}),
  );

const asJson = (labels: readonly string[], told: Rows): string =>
  JSON.stringify(labels.map((label) => ({ label, attributes: told.get(label) ?? {} })));

const applyParticipants = async (tx: Transaction, dataset: string, told: Rows): Promise<string[]> => {
  const rows = await tx<{ label: string; attributes: JsonObject }[]>`
    select label, attributes from catalog.subjects where dataset = ${dataset}`;
  const labels = differing(new Map(rows.map(({ label, attributes }) => [label, attributes])), told);
  if (labels.length === 0) return [];
  await tx`
    insert into catalog.subjects (dataset, label, attributes)
    select ${dataset}, r.label, r.attributes
    from jsonb_to_recordset(${asJson(labels, told)}::text::jsonb) as r(label text, attributes jsonb)
    on conflict (dataset, label) do update set attributes = excluded.attributes`;
  await tx`delete from catalog.subjects where dataset = ${dataset} and scans = 0 and attributes = '{}'`;
  return labels;
};

const applySessions = async (tx: Transaction, dataset: string, subject: string, told: Rows): Promise<string[]> => {
  const rows = await tx<{ label: string; attributes: JsonObject }[]>`
    select label, attributes from catalog.sessions where dataset = ${dataset} and subject = ${subject}`;
  const labels = differing(new Map(rows.map(({ label, attributes }) => [label, attributes])), told);
  if (labels.length === 0) return [];
  await tx`
    insert into catalog.sessions (dataset, subject, label, attributes)
    select ${dataset}, ${subject}, r.label, r.attributes
    from jsonb_to_recordset(${asJson(labels, told)}::text::jsonb) as r(label text, attributes jsonb)
    on conflict (dataset, subject, label) do update set attributes = excluded.attributes`;
  await tx`delete from catalog.sessions where dataset = ${dataset} and subject = ${subject} and scans = 0 and attributes = '{}'`;
  return labels;
};

type Tables = ReadonlyMap<string, { readonly subject: string | null; readonly rows: Rows }>;

/** The tables that are different now, by path; one that is gone says nothing. */
const changedTables = (changes: readonly Change[], { written, gone }: FileChanges): Tables => {
  const read = new Map(
    changes.flatMap(({ files }) => files.map((file) => [`${file.record.path} ${file.record.sha256}`, file.attributes])),
  );
  const isTable = ({ kind, extension, path }: FileChanges["gone"][number]): boolean =>
    path === "participants.tsv" || (kind === "sessions" && extension === ".tsv");
  return new Map([
    ...gone.filter(isTable).map(({ path, subject }) => [path, { subject, rows: nothing }] as const),
    ...written
      .filter(isTable)
      .map(({ path, subject, sha256 }) => [path, { subject, rows: read.get(`${path} ${sha256}`) ?? nothing }] as const),
  ]);
};

/** Brings subjects and sessions to what `participants.tsv` and `sessions.tsv` say now, and tells whose attributes changed. */
export const applyAttributes = async (
  tx: Transaction,
  dataset: string,
  changes: readonly Change[],
  files: FileChanges,
): Promise<ChangedAttributes> => {
  const subjects: string[] = [];
  const sessions: { subject: string; session: string }[] = [];
  for (const [path, { subject, rows }] of changedTables(changes, files)) {
    if (path === "participants.tsv") subjects.push(...(await applyParticipants(tx, dataset, rows)));
    else if (subject !== null)
      for (const session of await applySessions(tx, dataset, subject, rows)) sessions.push({ subject, session });
  }
  return { subjects, sessions };
};
