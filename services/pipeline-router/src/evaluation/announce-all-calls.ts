import { transaction } from "@rollerblade/database";
import type { ServiceContext } from "@rollerblade/service-kit";
import type { DecisionRow } from "../tables.gen.ts";
import { announceCalls } from "./changes/announce-calls.ts";
import { sliceOf } from "./standing-row.ts";

/** Decisions of one transaction. */
const decisionsAtOnce = 1_000;

/** The row of `sweeps` that remembers how far it has come: `subject` is the last decision, and `all` at the end. */
const sweepName = "calls";

/**
 * Announces what the decisions in force call for, once in the life of a database: those that were made before calls were announced
 * are known to nobody else.
 */
export const announceAllCalls = async ({ sql, events, signal }: ServiceContext): Promise<void> => {
  while (!signal.aborted) {
    const done = await transaction(sql, async (tx) => {
      const [last] = await tx<{ subject: string }[]>`
        select subject from pipeline_router.sweeps where name = ${sweepName}`;
      if (last?.subject === "all") return true;
      const rows = await tx<DecisionRow[]>`
        select * from pipeline_router.decisions
        where ended_at is null and key is not null and (${last?.subject ?? null}::uuid is null or id > ${last?.subject ?? null}::uuid)
        order by id limit ${decisionsAtOnce} for update`;
      await announceCalls(
        tx,
        events,
        rows.map((row) => ({ ...callOf(row), covered: true })),
      );
      const next = rows.length < decisionsAtOnce ? "all" : (rows.at(-1)?.id ?? "all");
      await tx`
        insert into pipeline_router.sweeps (name, dataset, subject) values (${sweepName}, '', ${next})
        on conflict (name) do update set subject = excluded.subject`;
      return next === "all";
    });
    if (done) return;
  }
};

const callOf = ({ document, rule, analysis, version, parametersHash, key, ...row }: DecisionRow) => ({
  ...{ document, rule, analysis, version, parametersHash, key },
  slice: sliceOf(row),
});
