import { checkRules, type RuleCode } from "@rollerblade/abids";
import { type FindingGroup, findingsRoutes, type KeptFinding, noImport, storableFinding } from "@rollerblade/client";
import { lockInTransaction, type Sql, type Transaction, transaction } from "@rollerblade/database";
import { Problem } from "@rollerblade/errors";
import {
  cursorText,
  implement,
  listBodyBytes,
  pageOf,
  readCursor,
  readGrants,
  visible,
  writeCursor,
} from "@rollerblade/service-kit";
import { z } from "zod";
import type { ImportRow } from "../imports/import-rows.ts";
import { ownImport } from "../imports/may-import.ts";
import type { Ingest } from "../ingest.ts";
import { findingsLock, mergeReports } from "./merge-reports.ts";

type FindingRow = Omit<KeptFinding, "foundBy" | "foundAt" | "fixedAt" | "mendedBy" | "mendedAt"> & {
  readonly fingerprint: string;
  /** Null for what the catalog found without an import. */
  readonly foundBy: string | null;
  readonly foundAt: Date;
  readonly fixedAt: Date | null;
};

/** Milliseconds between two looks for reports that wait; who asks does not wait for it. */
const mergeEvery = 10_000;

/** Serves the findings of datasets with the imports that found and fixed them. */
export const serveFindings = (ingest: Ingest): void => {
  const { sql } = ingest;
  implement(
    ingest,
    findingsRoutes.reportFindings,
    async ({ principal, params, body }) => {
      const row = await ownImport(ingest, principal, params.import);
      await transaction(sql, async (tx) => {
        await lockInTransaction(tx, findingsLock(row.dataset));
        await requireNewest(tx, row);
        await tx`
        insert into ingest.report_parts (import_id, part, findings, last)
        values (${row.id}, ${params.part}, ${JSON.stringify(body.findings.map(storableFinding))}::text::jsonb, ${body.last})
        on conflict (import_id, part) do update set findings = excluded.findings, last = excluded.last`;
        // The import may have been judged without it.
        if (body.last) await tx`update ingest.imports set judged = false where id = ${row.id}`;
      });
      return undefined;
    },
    { allowsNul: true, bodyLimit: listBodyBytes },
  );

  implement(ingest, findingsRoutes.listFindings, async ({ principal, params: { dataset }, query }) => {
    await ingest.authorize(principal, "read", { kind: "dataset", name: dataset });
    await mergeReports(ingest, dataset);
    const all = findingsIn(sql, dataset, query.import, await hasCatalog(sql));
    const [severity = "", file = "", fingerprint = ""] =
      query.after === undefined ? [] : readCursor(query.after, place);
    const rows = await sql<FindingRow[]>`
      select severity, rule, file, message, advice, section, fingerprint, found_at, fixed_by, fixed_at,
        coalesce(found_by, (
          select max(i.id::text)::uuid from ingest.imports i
          where i.dataset = ${dataset} and i.state = 'committed' and i.created_at <= found_at)) as found_by
      from (${all}) as found where true
        ${query.severity === undefined ? sql`` : sql`and severity = ${query.severity}`}
        ${query.rule === undefined ? sql`` : sql`and rule = ${query.rule}`}
        ${query.after === undefined ? sql`` : sql`and (severity, file, fingerprint) > (${severity}, ${file}, ${fingerprint})`}
      order by severity, file, fingerprint limit ${query.limit + 1}`;
    const counts = await sql<{ severity: string; count: number }[]>`
      select severity, count(*)::int8 as count from (${all}) as found group by severity`;
    const count = (of: string): number => counts.find((one) => one.severity === of)?.count ?? 0;
    const { items, next } = pageOf(rows, query.limit, (last) =>
      writeCursor([last.severity, last.file, last.fingerprint]),
    );
    const complete = await isComplete(sql, dataset);
    return { items: items.map(itemOf), next, errors: count("error"), warnings: count("warning"), complete };
  });

  implement(ingest, findingsRoutes.groupFindings, async ({ principal, params: { dataset } }) => {
    await ingest.authorize(principal, "read", { kind: "dataset", name: dataset });
    await mergeReports(ingest, dataset);
    const all = findingsIn(sql, dataset, undefined, await hasCatalog(sql));
    // A rule has one advice and one section; of what the catalog finds both are empty here.
    const rows = await sql<FindingGroup[]>`
      select severity, rule, count(*)::int8 as count, max(advice) as advice, max(section) as section
      from (${all}) as found group by severity, rule order by severity, count(*) desc, rule`;
    const items = rows.map(({ advice, ...row }) => ({
      ...row,
      advice: advice === "" ? (adviceOf[row.rule] ?? "") : advice,
    }));
    return { items, complete: await isComplete(sql, dataset) };
  });

  implement(ingest, findingsRoutes.listFindingHistory, async ({ principal, params: { dataset }, query }) => {
    await ingest.authorize(principal, "read", { kind: "dataset", name: dataset });
    await mergeReports(ingest, dataset);
    const after = query.after === undefined ? null : requireId(query.after);
    const grants = await readGrants(sql, principal);
    const rows = await sql<{ id: string; uploader: string; finishedAt: Date; found: number; fixed: number }[]>`
      select id, uploader, finished_at,
        (select count(*)::int8 from ingest.findings f where f.dataset = i.dataset and f.found_by = i.id) as found,
        (select count(*)::int8 from ingest.findings f where f.dataset = i.dataset and f.fixed_by = i.id) as fixed
      from ingest.imports i
      where dataset = ${dataset} and state = 'committed' and judged
        and ${visible(sql, grants, { datasets: sql`array[i.dataset]`, at: sql`i.finished_at` })} ${after === null ? sql`` : sql`and id < ${after}`}
      order by id desc limit ${query.limit + 1}`;
    const imports = rows.map(({ id, finishedAt, ...row }) => ({
      import: id,
      finishedAt: finishedAt.toISOString(),
      ...row,
      mended: row.fixed,
    }));
    return pageOf(imports, query.limit, (last) => last.import);
  });

  ingest.every("merge reports", mergeEvery, () => mergeReports(ingest), { exclusive: true });
};

/** A report speaks of the dataset as this import left it, and not of what came later. @throws Problem `conflict` */
const requireNewest = async (tx: Transaction, { id, dataset, state }: ImportRow): Promise<void> => {
  const newer = await tx`
    select from ingest.imports where dataset = ${dataset} and state = 'committed' and mode <> 'upload' and id > ${id} limit 1`;
  if (newer.length === 0 && reportable.has(state)) return;
  throw new Problem({
    code: "conflict",
    message: newer.length > 0 ? "A newer import changed the dataset." : `The import was ${state}.`,
    subject: dataset,
    next: "Import again.",
  });
};

const reportable: ReadonlySet<string> = new Set(["open", "reading", "committing", "publishing", "committed"]);

/** Whether nothing was imported since somebody looked through all of it. */
const isComplete = async (sql: Sql, dataset: string): Promise<boolean> => {
  const [row] = await sql<{ complete: boolean }[]>`
    select exists (select from ingest.imports where dataset = ${dataset} and reported) and not exists (
      select from ingest.imports i where dataset = ${dataset} and state = 'committed'
        and id > (select max(id::text)::uuid from ingest.imports where dataset = ${dataset} and reported)
        and ((summary -> 'files' ->> 'unchanged')::int8 is null
          or coalesce((summary -> 'files' ->> 'added')::int8, 0) + coalesce((summary -> 'files' ->> 'changed')::int8, 0)
            + coalesce((summary -> 'files' ->> 'removed')::int8, 0) > 0)) as complete`;
  return row?.complete ?? false;
};

/** Selects what is wrong now, with what the catalog found, or what was when an import had just ended. */
const findingsIn = (sql: Sql, dataset: string, id: string | undefined, isWithCatalog: boolean) => sql`
  select severity, rule, file, message, advice, section, fingerprint, found_by, found_at, fixed_by, fixed_at
  from ingest.findings where dataset = ${dataset} and ${stateOf(sql, id)}
  ${isWithCatalog && id === undefined ? catalogFindings(sql, dataset) : sql``}`;

/** Ids of imports rise with time. */
const stateOf = (sql: Sql, id: string | undefined) =>
  id === undefined ? sql`fixed_by is null` : sql`found_by <= ${id} and (fixed_by is null or fixed_by > ${id})`;

/** Whether the catalog's view is in this database; an installation may have no catalog. */
const hasCatalog = async (sql: Sql): Promise<boolean> => {
  const [view] = await sql<{ there: boolean }[]>`select to_regclass('catalog.findings_v1') is not null as there`;
  return view?.there ?? false;
};

/**
 * Adds what the catalog found and no report has named. The catalog indexes what imports publish, after they have ended. What it could not
 * read is named for files only of which nobody else has found anything: a report names the same faults, some by other rules.
 */
const catalogFindings = (sql: Sql, dataset: string) => sql`
  union all
  select severity, rule, file, message, '', '', fingerprint, null, found_at, null, null
  from catalog.findings_v1 indexed where dataset = ${dataset} and not exists (
    select from ingest.findings known
    where known.dataset = indexed.dataset and known.file = indexed.file
      and (known.message = indexed.message or indexed.rule = any(${contentRules}::text[])) and known.fixed_by is null)`;

/** Rules of what the catalog could not read. */
const contentRules: string[] = [
  "bad-image",
  "bad-json",
  "bad-table",
  "duplicate-key",
  "lossy-value",
  "too-large",
] satisfies RuleCode[];

/** What to do about what the catalog finds, by rule. */
const adviceOf: Readonly<Record<string, string>> = {
  "not-searchable": "Queries cannot ask for the value; the file has it. Shorten it, or keep it in a file of its own.",
  "several-sidecars": "Leave one file of each level that describes the image, or give their names further entities.",
  "event-refused": "Fix what the message names, and replay the dead letter or import again.",
};

const itemOf = ({
  foundBy,
  foundAt,
  fixedBy,
  fixedAt,
  advice,
  message,
  fingerprint: _,
  ...row
}: FindingRow): KeptFinding => ({
  ...row,
  ...{ fixedBy, fixedAt: fixedAt?.toISOString() ?? null },
  ...{ mendedBy: fixedBy, mendedAt: fixedAt?.toISOString() ?? null },
  message: message.slice(0, maxMessage),
  advice: advice === "" ? (adviceOf[row.rule] ?? ruleOf(row.rule)?.advice ?? "") : advice,
  foundBy: foundBy ?? noImport,
  foundAt: foundAt.toISOString(),
});

const ruleOf = (rule: string) => Object.entries(checkRules).find(([code]) => code === rule)?.[1];

/** Characters of a message in the response; a key of metadata that it names may be longer. */
const maxMessage = 4_096;

const place = z.tuple([cursorText, cursorText, cursorText]);

const requireId = (text: string): string => {
  if (z.uuid().safeParse(text).success) return text;
  throw noCursor(text);
};

const noCursor = (text: string): Problem =>
  new Problem({
    code: "invalid",
    message: "`after` is not what a page of this list gave as `next`.",
    subject: text.slice(0, 100),
    next: "Begin without `after`.",
  });
