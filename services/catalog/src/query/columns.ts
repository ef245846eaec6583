import type { SqlColumn, SqlColumns, SqlTables } from "@rollerblade/query";
import type { ReadableDatasets } from "../datasets/readable-datasets.ts";

/** How one names what lies beside a scan `s`, in its session, subject or dataset. */
const beside: Readonly<Record<string, string>> = {
  session: "b.dataset = s.dataset and b.subject = s.subject and b.session = s.session",
  subject: "b.dataset = s.dataset and b.subject = s.subject",
  dataset: "b.dataset = s.dataset",
};

/** Ends a sub-select that is to be looked up for each row: without it the planner may collect all of the table first. */
const lookedUp = " offset 0";

const listBeside = (group: string, column: "suffix" | "datatype"): SqlColumn => ({
  text: `(select jsonb_agg(distinct b.${column}) from catalog.scans b where ${beside[group]})`,
  type: "json",
  holds: (text, joined) =>
    `exists (select from catalog.scans b where ${beside[group]} and b.${column} = ${text}${joined ? "" : lookedUp})`,
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
  scan: { text: "s.scan_attributes", type: "json" },
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
const derivativeOf = {
  scan: "d.scan = s.path",
  session: "d.level = 'session' and d.subject = s.subject and coalesce(d.session, '') = s.session",
  subject: "d.level = 'subject' and d.subject = s.subject",
  dataset: "d.level = 'dataset'",
} as const;

const inForce = "catalog.derivatives d where d.state = 'in-force'";

/** Nearly every analysis works at one level only; that there is nothing at another one is found out once. */
const anyAt = (level: string, analysis: string): string =>
  level === "scan" ? "true" : `exists (select from ${inForce} and d.analysis = ${analysis} and d.level = '${level}')`;

/**
 * What lies in a dataset that was derived from the scan's, by the pipeline that made it: where its metadata name the scan, or else where
 * it has the datatype and entities of the scan and either its suffix or one that the subject has no scan of.
 */
const derivedElsewhere = (condition: string, visible: string): string =>
  `(exists (select from catalog.derived_datasets l where l.source = s.dataset) and exists (
    select from catalog.derived_datasets l
    join catalog.scans x on x.dataset = l.dataset and x.subject = s.subject and x.session in (s.session, '')
    cross join lateral (select l.pipeline as analysis, l.version, x.suffix as output) d
    where l.source = s.dataset and ${condition}${visible} and case when x.raw_sources is not null then s.path = any(x.raw_sources)
      else x.datatype = s.datatype and s.entities - 'ses' <@ x.entities and (x.suffix = s.suffix or not exists (
        select from catalog.scans b where ${beside.subject} and b.suffix = x.suffix)) end${lookedUp}))`;

/** The tables as somebody sees them: a derivative counts where all that it was made from may be read. */
export const tablesFor = (mayRead: ReadableDatasets, rows: "scans" | "files" = "scans"): SqlTables => ({
  columns: rows === "files" ? fileColumns : scanColumns,
  derivative: ({ analysis, condition }, bind) => {
    const names = mayRead === "all" ? null : bind(mayRead);
    const visible = names === null ? "" : ` and d.datasets <@ ${names}`;
    const ways = Object.entries(derivativeOf).map(([level, way]) => {
      const found = `select from ${inForce} and d.dataset = s.dataset and ${way} and ${condition}${visible}`;
      return `(${anyAt(level, analysis)} and exists (${found}${lookedUp}))`;
    });
    const elsewhere = derivedElsewhere(condition, names === null ? "" : ` and l.dataset = any(${names})`);
    return `(${[...ways, elsewhere].join(" or ")})`;
  },
});
