import type { Json } from "@rollerblade/abids";
import { bound, fragment, raw, type SqlFragment, writeFilter } from "@rollerblade/query";
import { noValues, rowValues } from "./column-values.ts";
import { filesOfScans, isReadable, tablesFor } from "./columns.ts";
import { pageOf, readCursor } from "./cursor.ts";
import type { SliceQuery } from "./question.ts";
import { ask, type Reader } from "./reader.ts";
import type { FoundSlice } from "./slice-page.ts";

/** A file of a scan: its image or a companion. One that several scans share comes with each of them. */
export type FoundFile = {
  readonly path: string;
  readonly role: string;
  readonly size: number;
  readonly sha256: string;
};

type Row = {
  readonly dataset: string;
  readonly path: string;
  readonly subject: string;
  readonly session: string;
  readonly suffix: string;
  readonly age: unknown;
  readonly file: FoundFile;
  readonly values: readonly Json[] | null;
};

/** Files behind the one that a page ended with, or all. @throws Problem `invalid` for what is not a cursor of files */
const behindFile = (after: string | undefined): SqlFragment => {
  if (after === undefined) return raw("true");
  const [dataset, path, file] = readCursor(after, 3).map((part) => bound(part, "text"));
  if (dataset === undefined || path === undefined || file === undefined) return raw("true");
  // The first comparison is implied by the second, and can be looked up in the index of scans.
  return fragment`(scan.dataset, scan.path) >= (${dataset}, ${path})
    and (scan.dataset, scan.path, listed.file ->> 'path') > (${dataset}, ${path}, ${file})`;
};

/** The statement of one page of files. */
export const filePageStatement = (
  { expression, readable, mayRead, after, columns = [] }: SliceQuery,
  limit: number,
): SqlFragment => fragment`
  select scan.dataset, scan.path, scan.subject, scan.session, scan.suffix, scan.session_attributes -> 'age' as age, listed.file,
    ${columns.length === 0 ? noValues : rowValues(columns, tablesFor(mayRead, "files"))} as values
  from ${filesOfScans}
  where ${isReadable(readable)} and ${behindFile(after)} and ${writeFilter(expression.ast, tablesFor(mayRead, "files"))}
  order by scan.dataset, scan.path, listed.file ->> 'path' limit ${raw(String(limit))}`;

const foundOf = ({
  dataset,
  path,
  subject,
  session,
  suffix,
  age,
  file,
  values,
}: Row): FoundSlice & { file: FoundFile } => ({
  slice: { level: "scan", dataset, subject, session: session === "" ? null : session, scan: path },
  scans: 1,
  suffixes: [suffix],
  size: file.size,
  age: typeof age === "number" ? age : null,
  file,
  ...(values !== null && { values }),
});

/** One page of the files for which the expression is true; `file.*` speaks of the file, everything else of its scan. */
export const filePage = async (reader: Reader, query: SliceQuery) => {
  const rows = await ask<Row>(reader, filePageStatement(query, query.limit + 1));
  const { items, next } = pageOf(rows, query.limit, ({ dataset, path, file }) => [dataset, path, file.path]);
  return { items: items.map(foundOf), next };
};
