import type { SqlColumn, SqlColumns, SqlTables } from "@rollerblade/query";
import type { ReadableDatasets } from "./readable-datasets.ts";

/** How one names what lies beside a scan `s`, in its session, subject or dataset. */
const beside: Readonly<Record<string, string>> = {
  session: "b.dataset = s.dataset and b.subject = s.subject and b.session = s.session",
  subject: "b.dataset = s.dataset and b.subject = s.subject",
  dataset: "b.dataset = s.dataset",
};

const listBeside = (group: string, column: "suffix" | "datatype"): SqlColumn => ({
  text: `(select jsonb_agg(distinct b.${column}) from catalog.scans b where ${beside[group]})`,
  type: "json",
  holds: (text) => `exists (select from catalog.scans b where ${beside[group]} and b.${column} = ${text})`,
});

const lists: SqlColumns = Object.fromEntries(
  Object.keys(beside).flatMap((group) => [
    [`${group}.suffixes`, listBeside(group, "suffix")],
    [`${group}.datatypes`, listBeside(group, "datatype")],
  ]),
);

/** Where the fields of the query language lie in `catalog.scans`, called `s`. */
export const scanColumns: SqlColumns = {
  "dataset.name": { text: "s.dataset", type: "text" },
  "subject.label": { text: "s.subject", type: "text" },
  "subject.age": { text: "s.subject_age", type: "number", partial: true },
  subject: { text: "s.subject_attributes", type: "json" },
  "session.label": { text: "nullif(s.session, '')", type: "text" },
  "session.age": { text: "s.session_age", type: "number", partial: true },
  session: { text: "s.session_attributes", type: "json" },
  "scan.path": { text: "s.path", type: "text" },
  "scan.datatype": { text: "s.datatype", type: "text" },
  "scan.suffix": { text: "s.suffix", type: "text" },
  "scan.extension": { text: "s.extension", type: "text" },
  "scan.entities": { text: "s.entities", type: "json" },
  "file.path": { text: "case when s.sha256 is not null then s.path end", type: "text" },
  "file.extension": { text: "case when s.sha256 is not null then s.extension end", type: "text" },
  "file.role": { text: "case when s.sha256 is not null then 'image' end", type: "text" },
  "file.size": { text: "case when s.sha256 is not null then s.size end", type: "number" },
  "file.sha256": { text: "s.sha256", type: "text" },
  metadata: { text: "s.metadata", type: "json" },
  image: { text: "s.image", type: "json" },
  ...lists,
};

/** The same where each row is one file of a scan, as `f.file`: its image or a companion. */
const fileColumns: SqlColumns = {
  ...scanColumns,
  "file.path": { text: "(f.file ->> 'path')", type: "text" },
  "file.extension": { text: "substring(f.file ->> 'path' from '[^/.][^/.]*([.][^/]*)/?$')", type: "text" },
  "file.role": { text: "(f.file ->> 'role')", type: "text" },
  "file.size": { text: "(f.file -> 'size')::int8", type: "number" },
  "file.sha256": { text: "(f.file ->> 'sha256')", type: "text" },
};

/** How a derivative lies to the scan `s` that it is a derivative of, by its level: apart, so that each can be looked up. */
const derivativeOf: readonly string[] = [
  "d.scan = s.path",
  "d.level = 'session' and d.subject = s.subject and coalesce(d.session, '') = s.session",
  "d.level = 'subject' and d.subject = s.subject",
  "d.level = 'dataset'",
];

/** The tables as somebody sees them: a derivative counts where all that it was made from may be read. */
export const tablesFor = (mayRead: ReadableDatasets, rows: "scans" | "files" = "scans"): SqlTables => ({
  columns: rows === "files" ? fileColumns : scanColumns,
  derivative: (condition, bind) => {
    const visible = mayRead === "all" ? "" : ` and d.datasets <@ ${bind(mayRead)}`;
    const ways = derivativeOf.map(
      (way) =>
        `exists (select from catalog.derivatives d where d.dataset = s.dataset and d.state = 'in-force' and ${way} and ${condition}${visible})`,
    );
    return `(${ways.join(" or ")})`;
  },
});
