import { type ConversionState, type ConversionStatus, conversionReport, conversionState } from "@rollerblade/client";
import type { Queryable } from "@rollerblade/database";
import { Problem } from "@rollerblade/errors";
import { isWithinLimits, type Principal } from "@rollerblade/service-kit";
import { requireContributor } from "../imports/may-import.ts";
import type { Ingest } from "../ingest.ts";
import type { ConversionRow } from "../tables.gen.ts";
import { conversionProgress } from "./conversion-process-files.ts";

/** Reads a conversion by its id, whoever began it; null where there is none. */
export const findConversion = async (sql: Queryable, id: string): Promise<ConversionRow | null> => {
  const [row] = await sql<ConversionRow[]>`select * from ingest.conversions where id = ${id}`;
  return row ?? null;
};

/**
 * The conversion of somebody who began it and may still import into its dataset; an administrator may have everybody's. Others learn
 * nothing of it, since its report names files by whatever names the source has. @throws Problem `not-found`
 */
export const ownConversion = async (ingest: Ingest, principal: Principal, id: string): Promise<ConversionRow> => {
  const row = await findConversion(ingest.sql, id);
  const isOwn = row !== null && (row.uploader === principal.name || principal.admin);
  if (row === null || !isOwn || !isWithinLimits(principal, { kind: "dataset", name: row.dataset })) throw hidden(id);
  await requireContributor(ingest, principal, row.dataset);
  return row;
};

/** States from which a run can be begun: its source is there. */
const startable: readonly ConversionState[] = ["open", "planned", "refused"];

/** States in which nothing happens any more. */
const finalStates: readonly ConversionState[] = ["imported", "failed", "cancelled", "expired"];

/** Refuses what a conversion in this state no longer takes. @throws Problem `conflict` */
export const requireStartable = ({ state, id }: ConversionRow): void => {
  if (startable.some((one) => one === state)) return;
  const isBusy = state === "waiting" || state === "running";
  throw new Problem({
    code: "conflict",
    message: isBusy ? "The conversion is being carried out." : `The conversion is ${state}.`,
    subject: id,
    next: isBusy ? "Wait for its end, or cancel it." : "Begin a new one.",
  });
};

/** What is to be noted of a conversion that goes from one state to another. */
type Change = { readonly problem?: string; readonly next?: string | null; readonly importId?: string };

/** Changes a state when it is still one of `from`. @returns whether it was */
export const moveConversion = async (
  sql: Queryable,
  id: string,
  from: readonly ConversionState[],
  to: ConversionState,
  { problem, next = null, importId }: Change = {},
): Promise<boolean> => {
  const moved = await sql`
    update ingest.conversions
    set state = ${to}, updated_at = now(), progress = null, problem = ${problem ?? null}, next = ${next},
      import_id = coalesce(${importId ?? null}::uuid, import_id),
      finished_at = case when ${finalStates.includes(to)} then now() end
    where id = ${id} and state = any(${[...from]}::text[])`;
  return moved.count > 0;
};

/** The row as whoever may see it does. */
export const conversionStatusOf = async (sql: Queryable, row: ConversionRow): Promise<ConversionStatus> => {
  const [sent] = await sql<{ files: number; bytes: number }[]>`
    select count(*)::int as files, coalesce(sum(size), 0)::int8 as bytes
    from ingest.conversion_sources where conversion_id = ${row.id}`;
  const { id, dataset, uploader, address, problem, next } = row;
  return {
    ...{ id, dataset, uploader, address, problem, next },
    state: conversionState.parse(row.state),
    files: sent?.files ?? 0,
    bytes: sent?.bytes ?? 0,
    progress: row.progress === null ? null : conversionProgress.parse(row.progress),
    report: row.report === null ? null : conversionReport.parse(row.report),
    import: row.importId,
    createdAt: row.createdAt.toISOString(),
    finishedAt: row.finishedAt?.toISOString() ?? null,
  };
};

const hidden = (id: string): Problem =>
  new Problem({
    code: "not-found",
    message: `There is no conversion ${id}.`,
    subject: id,
    next: "Begin a new one.",
  });
