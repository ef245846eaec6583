import { scanTexts } from "@rollerblade/abids/facts";
import {
  bound,
  fragment,
  join,
  raw,
  type SqlColumn,
  type SqlColumns,
  type SqlFragment,
  type SqlResult,
  type SqlTables,
} from "@rollerblade/query";
import { rolesAllowing } from "@rollerblade/service-kit";
import postgres from "postgres";
import type { ReadableDatasets } from "../datasets/readable-datasets.ts";

/** Scans for a `from` clause. Every condition on scans calls a row `scan`. */
export const scans = raw("catalog.scans scan");

/** The same with a row for each file of a scan: `listed.file` is its image or a companion. */
export const filesOfScans = raw("catalog.scans scan, jsonb_array_elements(scan.files) as listed(file)");

/** That a scan called `beside` lies in the same session, subject or dataset as `scan`. */
const besideScan = {
  session: raw("beside.dataset = scan.dataset and beside.subject = scan.subject and beside.session = scan.session"),
  subject: raw("beside.dataset = scan.dataset and beside.subject = scan.subject"),
  dataset: raw("beside.dataset = scan.dataset"),
} as const;

type Group = keyof typeof besideScan;

/** Ends a sub-select that is to be looked up for each row: without it the planner may collect all of the table first. */
const lookedUp = raw(" offset 0");

const listBeside = (group: Group, column: "suffix" | "datatype"): SqlColumn => {
  const from = fragment`catalog.scans beside where ${besideScan[group]}`;
  return {
    sql: fragment`(select jsonb_agg(distinct beside.${raw(column)}) from ${from})`,
    type: "json",
    holds: (text, required) =>
      fragment`exists (select from ${from} and beside.${raw(column)} = ${text}${required ? raw("") : lookedUp})`,
  };
};

const lists: SqlColumns = Object.fromEntries(
  (["session", "subject", "dataset"] as const).flatMap((group) => [
    [`${group}.suffixes`, listBeside(group, "suffix")],
    [`${group}.datatypes`, listBeside(group, "datatype")],
  ]),
);

const pathsIn = (group: "session" | "subject"): SqlColumn => {
  const from = fragment`catalog.scans beside where ${besideScan[group]}`;
  return {
    sql: fragment`(select jsonb_agg(beside.path order by beside.path) from ${from})`,
    type: "json",
    size: fragment`(select count(*) from ${from})`,
    holds: (text, required) =>
      fragment`exists (select from ${from} and beside.path = ${text}${required ? raw("") : lookedUp})`,
  };
};

const sessionsOfSubject = fragment`catalog.scans beside where ${besideScan.subject} and beside.session <> ''`;
const subjectsOfDataset = raw("catalog.subjects member where member.dataset = scan.dataset and member.scans > 0");

/** What a level holds. Labels are of what has scans; a subject without folders of sessions has none of them. */
const members: SqlColumns = {
  "session.scans": pathsIn("session"),
  "subject.scans": pathsIn("subject"),
  "subject.sessions": {
    sql: fragment`(select coalesce(jsonb_agg(distinct beside.session), '[]') from ${sessionsOfSubject})`,
    type: "json",
    size: fragment`(select count(distinct beside.session) from ${sessionsOfSubject})`,
    holds: (text, required) =>
      fragment`exists (select from ${sessionsOfSubject} and beside.session = ${text}${required ? raw("") : lookedUp})`,
  },
  "dataset.subjects": {
    sql: fragment`(select jsonb_agg(member.label order by member.label) from ${subjectsOfDataset})`,
    type: "json",
    // A statistic that is kept: a dataset may have very many subjects, and each of its scans would count them anew.
    size: raw("(select counted.subjects from catalog.datasets counted where counted.name = scan.dataset)"),
    holds: (text, required) =>
      fragment`exists (select from ${subjectsOfDataset} and member.label = ${text}${required ? raw("") : lookedUp})`,
  },
};

const texts: SqlColumns = Object.fromEntries(
  scanTexts.map((name) => [`scan.${name}`, { sql: raw(`scan.${postgres.fromCamel(name)}`), type: "text" }]),
);

/** NIfTI's fourth dimension; an image of three dimensions is one volume. */
const volumes = raw(`case when jsonb_typeof(scan.image -> 'dims') = 'array'
  then case when jsonb_typeof(scan.image -> 'dims' -> 3) = 'number' then (scan.image -> 'dims' -> 3)::float8
    when scan.image -> 'dims' -> 3 is null then 1 end end`);

/** Where the fields of the query language lie in a row `scan`. Only the image of a scan that is one file is a `file`. */
const scanColumns: SqlColumns = {
  "dataset.name": { sql: raw("scan.dataset"), type: "text" },
  "subject.label": { sql: raw("scan.subject"), type: "text" },
  "subject.age": { sql: raw("scan.subject_age"), type: "number", partial: true },
  subject: { sql: raw("scan.subject_attributes"), type: "json" },
  "session.label": { sql: raw("nullif(scan.session, '')"), type: "text" },
  "session.age": { sql: raw("scan.session_age"), type: "number", partial: true },
  session: { sql: raw("scan.session_attributes"), type: "json" },
  ...texts,
  "scan.entities": { sql: raw("scan.entities"), type: "json" },
  scan: { sql: raw("scan.scan_attributes"), type: "json" },
  "file.path": { sql: raw("case when scan.sha256 is not null then scan.path end"), type: "text" },
  "file.extension": { sql: raw("case when scan.sha256 is not null then scan.extension end"), type: "text" },
  "file.role": { sql: raw("case when scan.sha256 is not null then 'image' end"), type: "text" },
  "file.size": { sql: raw("case when scan.sha256 is not null then scan.size end"), type: "number" },
  "file.sha256": { sql: raw("scan.sha256"), type: "text" },
  metadata: { sql: raw("scan.metadata"), type: "json" },
  "image.volumes": { sql: volumes, type: "number" },
  image: { sql: raw("scan.image"), type: "json" },
  events: { sql: raw("(scan.image -> 'events')"), type: "json" },
  "dwi.bvalues": { sql: raw("(scan.image -> 'bvalues')"), type: "json" },
  ...lists,
  ...members,
};

/** The same for `filesOfScans`, where `file.*` speaks of the one file of the row. */
const fileColumns: SqlColumns = {
  ...scanColumns,
  "file.path": { sql: raw("(listed.file ->> 'path')"), type: "text" },
  "file.extension": { sql: raw("substring(listed.file ->> 'path' from '[^/.][^/.]*([.][^/]*)/?$')"), type: "text" },
  "file.role": { sql: raw("(listed.file ->> 'role')"), type: "text" },
  "file.size": { sql: raw("(listed.file -> 'size')::int8"), type: "number" },
  "file.sha256": { sql: raw("(listed.file ->> 'sha256')"), type: "text" },
};

/** That a derivative lies in the slice that `scan` lies in, by level: apart, so that each can be looked up by an index. */
const derivativeOfScan = {
  scan: raw("derivative.scan = scan.path"),
  session: raw(
    "derivative.level = 'session' and derivative.subject = scan.subject and coalesce(derivative.session, '') = scan.session",
  ),
  subject: raw("derivative.level = 'subject' and derivative.subject = scan.subject"),
  dataset: raw("derivative.level = 'dataset'"),
} as const;

/** In force and of now: what was made from an older scan is still to be made. */
const inForce = raw("catalog.derivatives derivative where derivative.state = 'in-force' and not derivative.outdated");

/** Nearly every analysis works at one level only; that there is nothing at another one is found out once. */
const anyAt = (level: keyof typeof derivativeOfScan, analysis: SqlFragment): SqlFragment =>
  level === "scan"
    ? raw("true")
    : fragment`exists (select from ${inForce} and derivative.analysis = ${analysis} and derivative.level = '${raw(level)}')`;

/**
 * What lies in a dataset that is linked to the scan's as derived from it, by the pipeline that made it: where its metadata
 * name the scan, or else where it has the datatype and entities of the scan and either its suffix or one that the subject
 * has no scan of.
 */
const inLinkedDataset = (condition: SqlFragment, visible: SqlFragment): SqlFragment =>
  fragment`(exists (select from catalog.derived_datasets link where link.source = scan.dataset) and exists (
    select from catalog.derived_datasets link
    join catalog.scans derived on derived.dataset = link.dataset and derived.subject = scan.subject
      and derived.session in (scan.session, '')
    cross join lateral (select link.pipeline as analysis, link.version, derived.suffix as output) derivative
    where link.source = scan.dataset and ${condition}${visible}
      and case when derived.raw_sources is not null then scan.path = any(derived.raw_sources)
        else derived.datatype = scan.datatype and scan.entities - 'ses' <@ derived.entities
          and (derived.suffix = scan.suffix or not exists (
            select from catalog.scans beside where ${besideScan.subject} and beside.suffix = derived.suffix)) end${lookedUp}))`;

/** That the owner of a document may contribute to a dataset now, as `personMay` asks it: else what the document shows is shown to nobody. */
const ownerMayContribute = fragment`(shown.owner = 'service' or exists (
  select from accounts.access_v1 access where access.principal = shown.owner and (
    access.admin or access.kind = 'dataset' and access.resource = shown.dataset
      and access.role = any(${bound(rolesAllowing("contribute"), "text[]")}))))`;

/** That a result is of the slice that `scan` lies in; beside it the order in which levels count. */
const resultOfScan =
  raw(`shown.dataset = scan.dataset and (shown.subject = scan.subject or shown.subject is null) and case shown.level
  when 'scan' then shown.scan = scan.path when 'session' then coalesce(shown.session, '') = scan.session else true end`);
const nearness = raw("case shown.level when 'scan' then 1 when 'session' then 2 when 'subject' then 3 else 4 end");

/** The value of a result of the nearest level that has one, or a list where it has several. */
const resultOf = ({ tag, document }: SqlResult, mayRead: ReadableDatasets): SqlFragment => {
  const ofDocument = document === null ? raw("") : fragment` and shown.document = ${document}`;
  const visible = mayRead === "all" ? raw("") : fragment` and shown.datasets <@ ${bound([...mayRead], "text[]")}`;
  return fragment`(select case count(distinct nearest.value) when 0 then null when 1 then jsonb_agg(distinct nearest.value) -> 0
      else jsonb_agg(distinct nearest.value) end
    from (select shown.value, rank() over (order by ${nearness}) as place from tagger.results_v1 shown
      where shown.tag = ${tag}${ofDocument} and ${resultOfScan} and ${ownerMayContribute}${visible}) nearest
    where nearest.place = 1)`;
};

/** The tables as somebody sees them: a derivative counts where all that it was made from may be read. */
export const tablesFor = (mayRead: ReadableDatasets, rows: "scans" | "files" = "scans"): SqlTables => ({
  columns: rows === "files" ? fileColumns : scanColumns,
  derivative: ({ analysis, condition }) => {
    const names = mayRead === "all" ? null : bound([...mayRead], "text[]");
    const visible = names === null ? raw("") : fragment` and derivative.datasets <@ ${names}`;
    const ways = (["scan", "session", "subject", "dataset"] as const).map((level) => {
      const same = fragment`derivative.dataset = scan.dataset and ${derivativeOfScan[level]}`;
      const found = fragment`select from ${inForce} and ${same} and ${condition}${visible}`;
      return fragment`(${anyAt(level, analysis)} and exists (${found}${lookedUp}))`;
    });
    const elsewhere = inLinkedDataset(
      condition,
      names === null ? raw("") : fragment` and link.dataset = any(${names})`,
    );
    return fragment`(${join([...ways, elsewhere], " or ")})`;
  },
  result: (wanted) => resultOf(wanted, mayRead),
});

/** That `scan` lies in a dataset that may be looked into. */
export const isReadable = (readable: ReadableDatasets): SqlFragment => {
  if (readable === "all") return raw("true");
  const [only] = readable;
  // One dataset is compared as one, so that its rows come in the order of the index.
  if (readable.length === 1 && only !== undefined) return fragment`scan.dataset = ${bound(only, "text")}`;
  return fragment`scan.dataset = any(${bound([...readable], "text[]")})`;
};
