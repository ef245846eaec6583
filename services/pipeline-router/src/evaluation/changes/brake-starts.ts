import { sliceKey } from "@rollerblade/abids/facts";
import { columnsOf, recordset, type Transaction } from "@rollerblade/database";
import type { Verdict } from "@rollerblade/pipeline";
import type { Logger } from "@rollerblade/telemetry";
import type { Mark } from "../../dirty.ts";
import { placeOfSlice } from "../../dirty.ts";
import { decisionsTable } from "../../tables.gen.ts";
import { type BeginDecision, type Changes, isRequested, type PromoteDecision } from "./changes.ts";

/** What the brake needs. */
type Brake = { readonly log: Pick<Logger, "warn">; readonly startsPerHour: number };

type Start = BeginDecision | PromoteDecision;

const hour = 60 * 60 * 1000;

const nameOf = ({ document, rule, verdict: { slice } }: Start): string =>
  `${document.name} ${rule.name} ${sliceKey(slice)}`;

/**
 * Turns into notes what a rule would start at a slice more often than so many times within an hour: something changes back and forth,
 * and each start of it costs an execution. A start that takes the place of nothing is never one of these.
 * @param changes is changed
 * @returns marks for when an old start no longer counts, and the slice may be started again
 */
export const brakeStarts = async (
  tx: Transaction,
  { log, startsPerHour }: Brake,
  changes: Changes,
): Promise<readonly Mark[]> => {
  const starts = [...changes.begin.filter(({ replaces }) => replaces), ...changes.promote].filter(({ verdict }) =>
    isRequested(verdict),
  );
  if (starts.length === 0) return [];
  const rows = starts.map(({ document, rule, verdict: { slice } }) => ({
    document: document.name,
    rule: rule.name,
    sliceKey: sliceKey(slice),
  }));
  const stopped = await tx<{ document: string; rule: string; sliceKey: string; startedAt: Date }[]>`
    select wanted.document, wanted.rule, wanted.slice_key, started.started_at
    from ${recordset(tx, columnsOf(decisionsTable, "document", "rule", "sliceKey"), rows)} as wanted
    cross join lateral (
      select decided.started_at from pipeline_router.decisions as decided
      where decided.document = wanted.document and decided.rule = wanted.rule and decided.slice_key = wanted.slice_key
        and decided.started_at > now() - interval '1 hour'
      order by decided.started_at desc offset ${startsPerHour - 1} limit 1) as started`;
  const until = new Map(
    stopped.map(({ document, rule, sliceKey: slice, startedAt }) => [
      `${document} ${rule} ${slice}`,
      new Date(startedAt.getTime() + hour),
    ]),
  );
  if (until.size === 0) return [];
  const braked = (start: Start): Verdict | null => {
    const again = until.get(nameOf(start));
    if (again === undefined || !isRequested(start.verdict)) return null;
    const reason = `stopped: started ${startsPerHour} times within an hour; again from ${again.toISOString()}`;
    return { ...start.verdict, progress: "stuck", reason, call: { kind: "none" } };
  };
  changes.begin.splice(
    0,
    changes.begin.length,
    ...changes.begin.map((begin) => ({ ...begin, verdict: (begin.replaces ? braked(begin) : null) ?? begin.verdict })),
  );
  for (const promote of changes.promote.splice(0)) {
    const verdict = braked(promote);
    if (verdict === null) changes.promote.push(promote);
    else if (verdict.reason !== promote.reason)
      changes.restate.push({ id: promote.id, progress: verdict.progress, reason: verdict.reason });
  }
  const held = starts.filter((start) => until.has(nameOf(start)));
  for (const start of held) {
    const { document, rule, verdict } = start;
    log.warn(
      { document: document.name, rule: rule.name, dataset: verdict.slice.dataset },
      "a rule starts one slice again and again; it is stopped for a while",
    );
  }
  return held.map((start) => ({
    ...placeOfSlice(start.verdict.slice),
    traceparent: null,
    dueAt: until.get(nameOf(start)) ?? new Date(),
  }));
};
