import { datasetKey } from "@rollerblade/abids/bucket-layout";
import { catalogRoutes } from "@rollerblade/client";
import type { Sql } from "@rollerblade/database";
import { Problem } from "@rollerblade/errors";
import { attachment } from "@rollerblade/object-store";
import { explainDatasets, implement, type ServiceContext } from "@rollerblade/service-kit";
import { originsOf, readSidecars } from "../datasets/explain-metadata.ts";
import { listFolder, placeOf } from "../datasets/list-folder.ts";
import { type ReadableDatasets, within } from "../datasets/readable-datasets.ts";
import { exportDataset } from "../export/export-dataset.ts";
import { linked } from "../export/handout.ts";
import { readableFile } from "../export/readable-file.ts";
import { pageOf, readCursor } from "../query/cursor.ts";
import type { Reader } from "../query/reader.ts";
import { type FactsRow, scanFactsOf, scanRowColumns } from "../query/scan-row.ts";

/** What limits a list of things that lie in datasets. */
export type Filters = {
  readonly dataset?: string | undefined;
  readonly subject?: string | undefined;
  readonly session?: string | undefined;
  readonly suffix?: string | undefined;
  readonly datatype?: string | undefined;
  readonly after?: string | undefined;
};

type FileRow = {
  readonly dataset: string;
  readonly path: string;
  readonly kind: string;
  readonly size: number;
  readonly sha256: string;
};

/** What limits a list of things that lie in datasets: who asks, what was asked for, and where the last page ended. */
export const filter = (sql: Sql, readable: ReadableDatasets, { dataset, subject, session, suffix, after }: Filters) => {
  const names = within(readable, wanted({ dataset }));
  const [afterDataset = "", afterPath = ""] = after === undefined ? [] : readCursor(after, 2);
  return sql`
    ${names === "all" ? sql`true` : inDatasets(sql, names)}
    ${subject === undefined ? sql`` : sql`and subject = ${subject}`}
    ${session === undefined ? sql`` : sql`and session = ${session}`}
    ${suffix === undefined ? sql`` : sql`and suffix = ${suffix}`}
    ${after === undefined ? sql`` : sql`and (dataset, path) > (${afterDataset}, ${afterPath})`}`;
};

/** The condition that a row lies in one of these datasets. For a single one it is planned once, and not at each request. */
const inDatasets = (sql: Sql, names: readonly string[]) => {
  const [only] = names;
  return only !== undefined && names.length === 1 ? sql`dataset = ${only}` : sql`dataset = any(${[...names]}::text[])`;
};

/** The only dataset that a list is asked for, if it is one. */
const wanted = ({ dataset }: Filters): string[] | undefined => (dataset === undefined ? undefined : [dataset]);

const place = ({ dataset, path }: { readonly dataset: string; readonly path: string }): string[] => [dataset, path];

const scansAndFiles = (context: ServiceContext): void => {
  const { sql, readable } = context;
  implement(context, catalogRoutes.listScans, async ({ principal, query }) => {
    const names = await readable(principal, "dataset", wanted(query));
    const rows = await sql<FactsRow[]>`
      select ${scanRowColumns(sql)} from catalog.scans s where ${filter(sql, names, query)} ${query.datatype === undefined ? sql`` : sql`and datatype = ${query.datatype}`}
      order by dataset, path limit ${query.limit + 1}`;
    const page = pageOf(rows, query.limit, place);
    return { ...page, items: page.items.map(scanFactsOf) };
  });
  implement(context, catalogRoutes.explainMetadata, async ({ principal, query: { dataset, path } }) => {
    await context.authorize(principal, "read", { kind: "dataset", name: dataset });
    const sidecars = await readSidecars(sql, dataset, path);
    if (sidecars === null) throw noScan(path);
    return { items: originsOf(sidecars) };
  });
  implement(context, catalogRoutes.listFolder, async ({ principal, params: { dataset }, query }) => {
    await context.authorize(principal, "read", { kind: "dataset", name: dataset });
    const names = await readable(principal, "dataset");
    const [after] = query.after === undefined ? [] : readCursor(query.after, 1);
    const asked = { dataset, folder: query.folder.replace(/\/+$/, ""), after, limit: query.limit + 1 };
    return pageOf(await listFolder(sql, names, asked), query.limit, (last) => [placeOf(last)]);
  });
  implement(context, catalogRoutes.listFiles, async ({ principal, query }) => {
    const names = await readable(principal, "dataset", wanted(query));
    const rows = await sql<FileRow[]>`
      select dataset, path, kind, size, sha256 from catalog.files
      where ${filter(sql, names, query)}
        ${query.datatype === undefined ? sql`` : sql`and folder like ${`%/${query.datatype.replace(/[\\%_]/g, "\\$&")}`}`}
        ${query.prefix === undefined ? sql`` : sql`and starts_with(path, ${query.prefix})`}
      order by dataset, path limit ${query.limit + 1}`;
    return pageOf(rows, query.limit, place);
  });
};

const downloads = (context: ServiceContext, reader: Reader): void => {
  const { objects, authorize, readable } = context;
  implement(context, catalogRoutes.linkFile, async ({ principal, query }) => {
    const { datasets: _, ...row } = await readableFile(context, principal, query);
    return linked(objects, row);
  });
  implement(context, catalogRoutes.readFile, async ({ principal, query, reply }) => {
    const { dataset, path, size } = await readableFile(context, principal, query);
    const bytes = await objects.get(datasetKey(dataset, path));
    const headers = { "content-length": size, "content-disposition": attachment(path.split("/").at(-1) ?? path) };
    return reply.headers(headers).type("application/octet-stream").send(bytes);
  });
  implement(context, catalogRoutes.explainFileAccess, async ({ principal, query: { principal: person, ...query } }) => {
    const { datasets } = await readableFile(context, principal, query);
    return explainDatasets(context, principal, datasets, { ...query, principal: person });
  });
  implement(context, catalogRoutes.exportDataset, async ({ principal, params: { dataset }, query }) => {
    await authorize(principal, "read", { kind: "dataset", name: dataset });
    const mayRead = await readable(principal, "dataset");
    return exportDataset({ reader: reader.as(principal), objects }, { dataset, mayRead, ...query }, query.after);
  });
};

const noScan = (path: string): Problem =>
  new Problem({ code: "not-found", message: `There is no scan "${path}".`, subject: path });

/** Lists of scans and files, and links to download them. */
export const listingRoutes = (context: ServiceContext, reader: Reader): void => {
  scansAndFiles(context);
  downloads(context, reader);
};
