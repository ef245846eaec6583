import { type Queryable, recordset, type Transaction } from "@rollerblade/database";
import type { AnyEmission, Cause, ServiceEvents } from "@rollerblade/events";
import { newRevisions } from "../datasets/revisions.ts";
import { addToStatistics } from "../datasets/statistics.ts";
import { forgetPictures } from "../pictures/kept-pictures.ts";

type Withdrawn = {
  readonly id: string;
  readonly dataset: string;
  readonly path: string;
  readonly sha256: string;
  readonly size: number;
  readonly state: string;
};

/** Why, and what led to it. */
export type WithdrawalReason = {
  readonly reason: string;
  /** The person who wants it. @default nobody: a change of the data calls for it */
  readonly by?: string;
  readonly cause?: Cause | undefined;
};

/** What goes: some paths of a dataset, some derivatives, everything of a subject, or everything. */
export type Going = WithdrawalReason & { readonly dataset: string } & (
    | { readonly paths: readonly string[] }
    | { readonly ids: readonly string[] }
    | { readonly subject: string }
    | { readonly all: true }
  );

/** Derivatives that were made from what goes, or that are of it. */
const madeDirectly = (tx: Queryable, going: Going) => {
  const { dataset } = going;
  if ("paths" in going)
    return tx`
      select s.derivative as id from catalog.derivative_sources s
      where s.dataset = ${dataset} and s.path = any(${[...going.paths]}::text[])`;
  if ("ids" in going) return tx`select id from unnest(${[...going.ids]}::uuid[]) as dropped(id)`;
  if ("subject" in going) {
    const folder = `sub-${going.subject}/`;
    return tx`
      select s.derivative as id from catalog.derivative_sources s where s.dataset = ${dataset} and starts_with(s.path, ${folder})
      union select d.id from catalog.derivatives d where d.dataset = ${dataset} and d.subject = ${going.subject}`;
  }
  return tx`
    select s.derivative as id from catalog.derivative_sources s where s.dataset = ${dataset}
    union select d.id from catalog.derivatives d where d.dataset = ${dataset}`;
};

/** Everything that came of it, however far down, superseded ones in the archive included. */
const madeFrom = (tx: Queryable, going: Going): Promise<Withdrawn[]> =>
  tx<Withdrawn[]>`
    with recursive gone(id) as (
      select id from (${madeDirectly(tx, going)}) as direct
      union
      select s.derivative from gone join catalog.derivatives d on d.id = gone.id
      join catalog.derivative_sources s on s.dataset = d.dataset and s.path = d.path and s.sha256 = d.sha256
    )
    select d.id, d.dataset, d.path, d.sha256, d.size, d.state from catalog.derivatives d join gone using (id)
    where d.state <> 'withdrawn' order by d.id for update of d`;

const markWithdrawn = (
  tx: Queryable,
  rows: readonly { readonly id: string; readonly revision: number }[],
  { reason, by }: WithdrawalReason,
) => tx`
  update catalog.derivatives d
  set state = 'withdrawn', revision = r.revision, withdrawn_reason = ${reason}, withdrawn_by = ${by ?? null}
  from ${recordset(tx, { id: "uuid", revision: "bigint" }, rows)} as r where d.id = r.id`;

/**
 * Withdraws everything that was made from what goes, transitively, and publishes it. What was only superseded goes too: nothing of a
 * person stays in the archive.
 * @returns the ids of what was withdrawn
 */
export const withdrawMadeFrom = async (
  tx: Transaction,
  events: Pick<ServiceEvents, "emitAll">,
  going: Going,
): Promise<string[]> => {
  const rows = await madeFrom(tx, going);
  if (rows.length === 0) return [];
  await forgetPictures(tx, rows);
  const revisions = await newRevisions(tx, rows.length);
  await markWithdrawn(
    tx,
    rows.map(({ id }, index) => ({ id, revision: revisions[index] ?? 0 })),
    going,
  );
  for (const [dataset, ofDataset] of Map.groupBy(
    rows.filter(({ state }) => state === "in-force"),
    (row) => row.dataset,
  )) {
    const bytes = ofDataset.reduce((sum, { size }) => sum + size, 0);
    await addToStatistics(tx, dataset, { derivatives: -ofDataset.length, derivativeBytes: -bytes });
  }
  await events.emitAll(
    tx,
    rows.map((row, index) => withdrawn(row, revisions[index] ?? 0, going)),
  );
  return rows.map(({ id }) => id);
};

/** The event of one withdrawn derivative. */
export const withdrawn = (
  { id, dataset, path, sha256 }: Pick<Withdrawn, "id" | "dataset" | "path" | "sha256">,
  revision: number,
  { reason, cause }: WithdrawalReason,
): AnyEmission => ({
  topic: "derivative.withdrawn",
  message: { id, dataset, path, sha256, reason, revision: BigInt(revision) },
  cause,
});
