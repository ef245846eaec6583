import type { DownloadFile } from "@rollerblade/client";
import type { Sql } from "@rollerblade/database";
import type { ObjectStore } from "@rollerblade/object-store";
import { keyOf } from "../indexing/verify-object.ts";
import { readCursor, writeCursor } from "./cursor.ts";
import { linked, withDescriptions } from "./download.ts";
import { onlySubjects, sizeAndHash } from "./only-subjects.ts";
import { sliceFacts } from "./slice-facts.ts";
import { type SliceQuery, slicePage, where } from "./slice-page.ts";
import { runLimited } from "./statement.ts";

type Tools = { readonly sql: Sql; readonly objects: ObjectStore };
type FileRow = { readonly dataset: string; readonly path: string; readonly size: number; readonly sha256: string };
type Page = { readonly items: DownloadFile[]; readonly next: string | null };

/** Everything that the scans at hand need of their datasets: images, companions, all merged sidecars, tables of sessions. */
const filesOfScans = (
  sql: Sql,
  scans: readonly { readonly dataset: string; readonly path: string }[],
): Promise<FileRow[]> =>
  sql<FileRow[]>`
    with wanted as (
      select s.* from unnest(${scans.map(({ dataset }) => dataset)}::text[], ${scans.map(({ path }) => path)}::text[]) as n(dataset, path)
      join catalog.scans s on s.dataset = n.dataset and s.path = n.path
    ), paths as (
      select dataset, file ->> 'path' as path from wanted, jsonb_array_elements(files) as file
      union select dataset, unnest(sidecars) from wanted
      union select f.dataset, f.path from catalog.files f
        join (select distinct dataset, subject from wanted) as w on f.dataset = w.dataset and f.subject = w.subject and f.kind = 'sessions'
    )
    select f.dataset, f.path, f.size, f.sha256 from paths join catalog.files f using (dataset, path) order by f.dataset, f.path`;

/** The first part: what belongs to single slices. */
const slicesPart = async (tools: Tools, query: SliceQuery, derivatives: boolean): Promise<Page> => {
  const page = await slicePage(tools.sql, query);
  const facts = await sliceFacts(
    tools.sql,
    page.items.map(({ slice }) => slice),
    query.level,
    query.readable,
  );
  const files = await filesOfScans(
    tools.sql,
    facts.flatMap(({ scans }) => scans),
  );
  const derived = derivatives
    ? await withDescriptions(
        tools.objects,
        facts.flatMap((one) => one.derivatives),
      )
    : [];
  const all = new Map([...files, ...derived].map((file) => [keyOf(file.dataset, file.path), file]));
  return {
    items: await Promise.all([...all.values()].map((file) => linked(tools.objects, file))),
    next: page.next === null ? writeCursor(["datasets", ""]) : writeCursor(["slices", page.next]),
  };
};

const nextDataset = async (
  { sql }: Tools,
  query: SliceQuery,
  after: string,
): Promise<{ dataset: string; more: boolean } | null> => {
  const page = await slicePage(sql, {
    ...query,
    level: "dataset",
    limit: 1,
    after: after === "" ? undefined : writeCursor([after]),
  });
  const dataset = page.items[0]?.slice.dataset;
  return dataset === undefined ? null : { dataset, more: page.next !== null };
};

const subjectsFound = async ({ sql }: Tools, query: SliceQuery, dataset: string): Promise<Set<string>> => {
  const { text, values } = where({ ...query, readable: [dataset], after: undefined });
  const rows = await runLimited<{ subject: string }>(
    sql,
    query.timeoutSeconds,
    `select distinct s.subject from catalog.scans s where ${text}`,
    values,
  );
  return new Set(rows.map(({ subject }) => subject));
};

const textOf = async (objects: ObjectStore, key: string): Promise<Buffer> => {
  const chunks: Uint8Array[] = [];
  for await (const chunk of await objects.get(key)) chunks.push(chunk);
  return Buffer.concat(chunks);
};

/** A table of subjects is cut to those found; everything else at the root is handed out as it is. */
const rootFile = async (
  tools: Tools,
  file: FileRow & { readonly kind: string },
  subjects: ReadonlySet<string>,
): Promise<DownloadFile> => {
  const isCut = (file.kind === "participants" || file.kind === "samples") && file.path.endsWith(".tsv");
  if (!isCut) return linked(tools.objects, file);
  const content = onlySubjects(
    (await textOf(tools.objects, keyOf(file.dataset, file.path))).toString("utf8"),
    subjects,
  );
  const { size, sha256 } = sizeAndHash(content);
  return { dataset: file.dataset, path: file.path, size, sha256, url: null, content };
};

/** The second part: of each dataset what makes a valid dataset of the files. */
const datasetPart = async (tools: Tools, query: SliceQuery, after: string): Promise<Page> => {
  const found = await nextDataset(tools, query, after);
  if (found === null) return { items: [], next: null };
  const files = await tools.sql<(FileRow & { kind: string })[]>`
    select dataset, path, size, sha256, kind from catalog.files
    where dataset = ${found.dataset} and folder = '' and kind in ('description', 'participants', 'samples', 'document') order by path`;
  const subjects = await subjectsFound(tools, query, found.dataset);
  const items: DownloadFile[] = [];
  for (const file of files) items.push(await rootFile(tools, file, subjects));
  return { items, next: found.more ? writeCursor(["datasets", found.dataset]) : null };
};

/** One page of the files that make a BIDS tree of the slices found; a file may come again on a later page. */
export const queryFiles = async (tools: Tools, query: SliceQuery, derivatives: boolean): Promise<Page> => {
  const [part = "slices", place = ""] = query.after === undefined ? [] : readCursor(query.after, 2);
  if (part === "datasets") return datasetPart(tools, query, place);
  return slicesPart(tools, { ...query, after: place === "" ? undefined : place }, derivatives);
};
