import {
  type ImportState,
  type ImportStatus,
  type ImportSummary,
  importState,
  importSummary,
} from "@rollerblade/client";
import { lockInTransaction, type Queryable, type Transaction, transaction } from "@rollerblade/database";
import { type Finding, Problem } from "@rollerblade/errors";
import type { Principal } from "@rollerblade/service-kit";
import { v7 } from "uuid";
import type { Ingest } from "../ingest.ts";
import type { Mode } from "../plan/plan.ts";

/** One import as it stands in the database. */
export type ImportRow = {
  readonly id: string;
  readonly dataset: string;
  readonly uploader: string;
  readonly mode: Mode;
  readonly state: ImportState;
  readonly revision: number;
  readonly traceparent: string | null;
  readonly force: boolean;
  readonly dryRun: boolean;
  readonly strict: boolean;
  /** Where the files stay, of an import in place. */
  readonly location: string | null;
  readonly listed: number;
  readonly complete: boolean;
  readonly skipped: Readonly<Record<string, number>>;
  readonly toPublish: number;
  readonly published: number;
  readonly trouble: string | null;
  readonly summary: ImportSummary | null;
  readonly findings: readonly Finding[];
  readonly createdAt: Date;
  readonly finishedAt: Date | null;
};

/** Findings of one import that are kept. */
export const maxFindings = 10_000;

/** How an import is begun. */
export type Beginning = {
  readonly dataset: string;
  readonly uploader: string;
  readonly mode: Mode;
  readonly force?: boolean;
  readonly dryRun?: boolean;
  readonly strict?: boolean;
  readonly location?: string | null;
};

/**
 * A new import. An open one of the same person for the same dataset hands over what it has and ends, so that whoever
 * was interrupted goes on where it was, and two at once cannot mix.
 * @param requireAllowed called in the transaction; what it throws keeps the import from beginning
 */
export const beginImport = (
  ingest: Ingest,
  beginning: Beginning,
  requireAllowed: (tx: Transaction) => Promise<void>,
): Promise<ImportRow> =>
  transaction(ingest.sql, async (tx) => {
    await requireAllowed(tx);
    const { dataset, uploader, mode, strict = mode === "upload", location = null } = beginning;
    const { force = false, dryRun = false } = beginning;
    const id = v7();
    await lockInTransaction(tx, `ingest/begin/${dataset}/${uploader}`);
    const former =
      mode === "upload" || dryRun
        ? []
        : await tx<{ id: string }[]>`
            update ingest.imports set state = 'superseded', finished_at = now()
            where dataset = ${dataset} and uploader = ${uploader} and state in ('open', 'reading')
              and mode <> 'upload' and not dry_run
            returning id`;
    for (const { id: old } of former) {
      await tx`update ingest.staged set import_id = ${id} where import_id = ${old}`;
      await tx`update ingest.import_files set import_id = ${id} where import_id = ${old}`;
    }
    const [row] = await tx<ImportRow[]>`
      insert into ingest.imports (id, dataset, uploader, mode, force, dry_run, state, strict, location, created_at)
      values (${id}, ${dataset}, ${uploader}, ${mode}, ${force}, ${dryRun}, ${location === null ? "open" : "reading"}, ${strict}, ${location},
        clock_timestamp())
      returning *`;
    if (row === undefined) throw new Error("insert returned nothing");
    return row;
  });

/** Reads an import by its id, whoever began it. @throws Problem `not-found` */
export const findImport = async (sql: Queryable, id: string): Promise<ImportRow> => {
  const [row] = await sql<ImportRow[]>`select * from ingest.imports where id = ${id}`;
  if (row !== undefined) return row;
  throw new Problem({ code: "not-found", message: `There is no import ${id}.`, subject: id, next: "Start a new one." });
};

/** Changes a state when it is still one of `from`. @returns whether it was */
export const moveImport = async (
  sql: Queryable,
  id: string,
  from: readonly ImportState[],
  to: ImportState,
  findings?: readonly Finding[],
): Promise<boolean> => {
  const isFinal = !["open", "reading", "committing", "publishing"].includes(to);
  const moved = await sql`
    update ingest.imports
    set state = ${to}, updated_at = now(), trouble = null,
      findings = coalesce(${findings === undefined ? null : JSON.stringify(findings)}::text::jsonb, findings),
      finished_at = case when ${isFinal} then now() end
    where id = ${id} and state = any(${[...from]})`;
  return moved.count > 0;
};

/** The row as somebody sees it; where the server read the files is for whoever had it read them, and administrators. */
export const statusOf = (row: ImportRow, { name, admin }: Principal): ImportStatus => ({
  id: row.id,
  dataset: row.dataset,
  uploader: row.uploader,
  mode: row.mode,
  dryRun: row.dryRun,
  state: importState.parse(row.state),
  location: admin || name === row.uploader ? row.location : null,
  listed: row.listed,
  publish: { done: row.published, of: row.toPublish },
  trouble: row.finishedAt === null ? row.trouble : null,
  summary: row.summary === null ? null : importSummary.parse(row.summary),
  findings: [...row.findings],
  createdAt: row.createdAt.toISOString(),
  finishedAt: row.finishedAt?.toISOString() ?? null,
});
