import { faultOfPeople, readKeyedLines } from "@rollerblade/abids";
import { datasetKey } from "@rollerblade/abids/bucket-layout";
import type { Sql } from "@rollerblade/database";
import { type Finding, Problem } from "@rollerblade/errors";
import type { ObjectStore } from "@rollerblade/object-store";

/** A table of the whole dataset that may have lines of any subject. */
export type PeopleTable = { readonly path: string; readonly sha256: string; readonly size: number };

/** The tables of a dataset that may have lines of any subject. */
export const tablesOf = (sql: Sql, dataset: string): Promise<PeopleTable[]> =>
  sql<PeopleTable[]>`
    select path, sha256, size from catalog.files
    where dataset = ${dataset} and kind in ('participants', 'samples', 'phenotype') and path like '%.tsv' order by path`;

/** Files of the whole dataset that `.bidsignore` names: nothing rewrites them, since nobody knows their form. */
const ignoredFiles = (sql: Sql, dataset: string): Promise<PeopleTable[]> =>
  sql<PeopleTable[]>`
    select path, sha256, size from catalog.files
    where dataset = ${dataset} and kind = 'ignored' and subject is null order by path`;

/** Extensions of tables, whose rows may be about people whatever they are called there. */
const tableExtension = /\.(tsv|csv|txt|xlsx?|ods|sav|rda)$/i;

/** Bytes up to which an ignored file that is not a table is searched for the subject; a longer one is an image or an archive. */
const maxIgnoredBytes = 64 * 2 ** 20;

/** Why a file that nothing rewrites may hold data of the subject, or null where it names nobody of that label. */
const faultOfIgnored = (path: string, content: Uint8Array, subject: string): string | null => {
  // The one letter of a label that means something in a pattern.
  const named = new RegExp(`sub-${subject.replaceAll("+", "\\+")}(?![0-9A-Za-z+])`);
  if (
    named.test(path) ||
    named.test(Buffer.from(content.buffer, content.byteOffset, content.byteLength).toString("latin1"))
  )
    return `names sub-${subject}, and .bidsignore keeps it from being rewritten`;
  if (!tableExtension.test(path)) return null;
  const reason = faultOfPeople(content);
  if (reason !== null) return reason;
  const table = readKeyedLines(content, "participant_id");
  return table.ok && table.lines.some(({ key }) => key === subject) ? `has lines of sub-${subject}` : null;
};

/** The bytes of an object, or null where there is none. */
export const bytesOf = async (objects: ObjectStore, key: string): Promise<Uint8Array | null> => {
  if ((await objects.head(key)) === null) return null;
  const chunks: Uint8Array[] = [];
  for await (const chunk of await objects.get(key)) chunks.push(chunk);
  return Buffer.concat(chunks);
};

/**
 * Stops the deletion of a subject before anything is deleted when some table may speak of the subject and nobody can tell where.
 * @throws Problem `conflict` that names these tables
 */
export const requireReadableTables = async (
  { sql, objects }: { readonly sql: Sql; readonly objects: ObjectStore },
  dataset: string,
  subject: string,
): Promise<void> => {
  const findings: Finding[] = [];
  for (const { path } of await tablesOf(sql, dataset)) {
    const bytes = await bytesOf(objects, datasetKey(dataset, path));
    const message = bytes === null ? null : faultOfPeople(bytes);
    if (message !== null) findings.push({ where: path, message });
  }
  for (const { path, size } of await ignoredFiles(sql, dataset)) {
    const isRead = size <= maxIgnoredBytes || tableExtension.test(path);
    const bytes = isRead ? await bytesOf(objects, datasetKey(dataset, path)) : new Uint8Array();
    const message = bytes === null ? null : faultOfIgnored(path, bytes, subject);
    if (message !== null) findings.push({ where: path, message });
  }
  if (findings.length === 0) return;
  throw new Problem({
    code: "conflict",
    message: `Nothing was deleted: the lines of sub-${subject} cannot be found in ${findings.map(({ where }) => where).join(", ")}.`,
    subject: dataset,
    next: "Fix these files (tabs between columns, UTF-8, a column participant_id with sub-<label>) and import them, or remove them from the source and import with --mirror; then delete the subject again.",
    findings,
  });
};
