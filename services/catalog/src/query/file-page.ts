import { tablesFor } from "./columns.ts";
import { pageOf, readCursor } from "./cursor.ts";
import { ask, type Reader } from "./reader.ts";
import type { FoundSlice, SliceQuery } from "./slice-page.ts";
import { type Condition, filterOf, readableCondition, type Value } from "./statement.ts";

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
};

/** The statement of one page of files. */
export const fileStatementOf = (query: SliceQuery, limit: number): Condition => {
  const { text: readable, values: first } = readableCondition(query.readable, 1);
  const values: Value[] = [...first];
  const texts = [readable];
  if (query.after !== undefined) {
    const at = values.length + 1;
    const [dataset, path] = [`$${at}::text`, `$${at + 1}::text`];
    // Said twice: the first can be looked up in the index of scans.
    texts.push(`(s.dataset, s.path) >= (${dataset}, ${path})`);
    texts.push(`(s.dataset, s.path, f.file ->> 'path') > (${dataset}, ${path}, $${at + 2}::text)`);
    values.push(...readCursor(query.after, 3));
  }
  const filter = filterOf(query.expression, tablesFor(query.mayRead, "files"), values.length + 1);
  const where = [...texts, filter.text].join(" and ");
  return {
    text: `select s.dataset, s.path, s.subject, s.session, s.suffix, s.session_attributes -> 'age' as age, f.file
      from catalog.scans s, jsonb_array_elements(s.files) as f(file)
      where ${where} order by s.dataset, s.path, f.file ->> 'path' limit ${limit}`,
    values: [...values, ...filter.values],
  };
};

const foundOf = ({ dataset, path, subject, session, suffix, age, file }: Row): FoundSlice & { file: FoundFile } => ({
  slice: { level: "scan", dataset, subject, session: session === "" ? null : session, scan: path },
  scans: 1,
  suffixes: [suffix],
  size: file.size,
  age: typeof age === "number" ? age : null,
  file,
});

/** One page of the files for which the expression is true; `file.*` speaks of the file, everything else of its scan. */
export const filePage = async (reader: Reader, query: SliceQuery) => {
  const rows = await ask<Row>(reader, fileStatementOf(query, query.limit + 1));
  const { items, next } = pageOf(rows, query.limit, ({ dataset, path, file }) => [dataset, path, file.path]);
  return { items: items.map(foundOf), next };
};
