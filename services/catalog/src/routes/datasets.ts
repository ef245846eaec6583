import { catalogRoutes, type DatasetSummary } from "@rollerblade/client";
import { transaction } from "@rollerblade/database";
import { Problem } from "@rollerblade/errors";
import { implement, isWithinLimits, type Principal, type ServiceContext } from "@rollerblade/service-kit";
import { lockDatasets } from "../datasets/dataset-lock.ts";
import type { ReadableDatasets } from "../datasets/readable-datasets.ts";
import { type Deletion, deleteRows } from "../deletion/delete-rows.ts";
import { requireReadableTables } from "../deletion/people-tables.ts";
import { restoreSubject } from "../deletion/restore-subject.ts";
import { rememberPipelines } from "../linked-datasets/derived-datasets.ts";
import { pageOf, readCursor } from "../query/cursor.ts";

type DatasetRow = Omit<DatasetSummary, "createdAt" | "updatedAt"> & {
  readonly createdAt: Date;
  readonly updatedAt: Date;
};

/** Of a source that somebody may not read nobody tells. */
const summaryOf = (
  { createdAt, updatedAt, source, ...row }: DatasetRow,
  mayRead: ReadableDatasets,
): DatasetSummary => ({
  ...row,
  source: source !== null && (mayRead === "all" || mayRead.includes(source)) ? source : null,
  createdAt: createdAt.toISOString(),
  updatedAt: updatedAt.toISOString(),
});

const deletionOf = ({ id, dataset, subject, requestedAt, finishedAt }: Deletion) => ({
  id,
  dataset,
  subject,
  requestedAt: requestedAt.toISOString(),
  finishedAt: finishedAt?.toISOString() ?? null,
});

const noDataset = (name: string): Problem =>
  new Problem({
    code: "not-found",
    message: `There is no dataset "${name}".`,
    subject: name,
    next: "List what you may use with `rollerblade dataset list`.",
  });

const ownersOnly = (name: string): Problem =>
  new Problem({
    code: "forbidden",
    message: `Only the owner may delete the dataset "${name}".`,
    subject: name,
    next: "Ask the owner or an administrator.",
  });

const listAndShow = (context: ServiceContext): void => {
  const { sql, authorize, readable } = context;
  implement(context, catalogRoutes.listDatasets, async ({ principal, query }) => {
    const names = await readable(principal, "dataset");
    const [after = ""] = query.after === undefined ? [] : readCursor(query.after, 1);
    const rows = await sql<DatasetRow[]>`
      select * from catalog.datasets where name > ${after}
        ${query.name === undefined ? sql`` : sql`and name = ${query.name}`} ${names === "all" ? sql`` : sql`and name = any(${names}::text[])`}
      order by name limit ${query.limit + 1}`;
    const page = pageOf(rows, query.limit, ({ name }) => [name]);
    return { ...page, items: page.items.map((row) => summaryOf(row, names)) };
  });
  implement(context, catalogRoutes.showDataset, async ({ principal, params }) => {
    await authorize(principal, "read", { kind: "dataset", name: params.dataset });
    const [row] = await sql<DatasetRow[]>`select * from catalog.datasets where name = ${params.dataset}`;
    if (row === undefined) throw noDataset(params.dataset);
    const ages = await sql<{ age: number | null; subjects: number }[]>`
      select nullif(age, -1) as age, subjects from catalog.dataset_ages where dataset = ${params.dataset} and subjects > 0
      order by age nulls last`;
    // Only a source may be something that they do not read.
    const mayRead = row.source === null ? [] : await readable(principal, "dataset");
    return { ...summaryOf(row, mayRead), ages: [...ages] };
  });
};

type AskedOfDataset = { readonly principal: Principal; readonly params: { readonly dataset: string } };

/** Routes of datasets and of their deletion; `deletions` is the periodic work that finishes a deletion in the bucket. */
export const datasetRoutes = (context: ServiceContext, deletions: string): void => {
  const { sql, events, authorize, identify, readable, trigger } = context;
  listAndShow(context);
  const remove = async (dataset: string, subject: string | null, deleter: string) => {
    const owned = subject === null ? await identify({ kind: "dataset", name: dataset }) : null;
    const request = { dataset, subject, deleter, resource: owned?.id ?? null };
    const deletion = await transaction(sql, (tx) => deleteRows(tx, events, request));
    trigger(deletions);
    return deletionOf(deletion);
  };
  const showSource = async ({ principal, params: { dataset } }: AskedOfDataset) => {
    await authorize(principal, "read", { kind: "dataset", name: dataset });
    const [row] = await sql<DatasetRow[]>`select * from catalog.datasets where name = ${dataset}`;
    if (row === undefined) throw noDataset(dataset);
    return { source: summaryOf(row, await readable(principal, "dataset")).source };
  };
  const precondition = { exclusively: context.exclusively, read: catalogRoutes.showSource, current: showSource };
  implement(context, catalogRoutes.showSource, showSource);
  implement(
    context,
    catalogRoutes.setSource,
    async ({ principal, params: { dataset }, body: { source } }) => {
      await authorize(principal, "admin", { kind: "dataset", name: dataset });
      if (source !== null) await authorize(principal, "read", { kind: "dataset", name: source });
      await transaction(sql, async (tx) => {
        await lockDatasets(tx, [dataset]);
        const { count } = await tx`update catalog.datasets set source = ${source} where name = ${dataset}`;
        if (count === 0) throw noDataset(dataset);
        await rememberPipelines(tx, dataset);
      });
      return undefined;
    },
    { precondition },
  );
  implement(context, catalogRoutes.deleteDataset, async ({ principal, params: { dataset } }) => {
    await authorize(principal, "admin", { kind: "dataset", name: dataset });
    await authorize(principal, "own", { kind: "dataset", name: dataset }).catch(() => {
      throw ownersOnly(dataset);
    });
    return remove(dataset, null, principal.name);
  });
  implement(context, catalogRoutes.deleteSubject, async ({ principal, params: { dataset, subject } }) => {
    await authorize(principal, "admin", { kind: "dataset", name: dataset });
    await requireReadableTables(context, dataset, subject);
    return remove(dataset, subject, principal.name);
  });
  implement(context, catalogRoutes.restoreSubject, async ({ principal, params: { dataset, subject } }) => {
    await authorize(principal, "admin", { kind: "dataset", name: dataset });
    await transaction(sql, (tx) => restoreSubject(tx, dataset, subject));
    return undefined;
  });
  implement(context, catalogRoutes.showDeletion, async ({ principal, params }) => {
    const [row] = await sql<Deletion[]>`
      select id, dataset, subject, deleter, resource, requested_at, finished_at from catalog.deletions
      where id = ${params.deletion} and dataset = ${params.dataset} and (deleter = ${principal.name} or ${principal.admin})`;
    if (row === undefined || !isWithinLimits(principal, { kind: "dataset", name: params.dataset }))
      throw new Problem({ code: "not-found", message: "There is no such deletion.", subject: params.deletion });
    return deletionOf(row);
  });
};
