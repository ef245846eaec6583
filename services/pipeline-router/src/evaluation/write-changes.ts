import { sliceKey } from "@rollerblade/abids/facts";
import type { Transaction } from "@rollerblade/database";
import { v7 } from "uuid";
import type { BeginDecision, Changes, PromoteDecision, RequestAgain } from "./changes.ts";
import type { Request } from "./request.ts";

/**
 * Makes the decisions in force what the state calls for, with one statement a kind of change; gives back the requests that have to be
 * sent in the same transaction.
 */
export const writeChanges = async (tx: Transaction, changes: Changes): Promise<Request[]> => {
  await endDecisions(tx, changes.end);
  await restate(tx, changes.restate);
  await adopt(tx, changes.adopt);
  const begun = await begin(tx, changes.begin);
  const promoted = await promote(tx, changes.promote);
  const again = await requestAgain(tx, changes.again);
  return [...begun, ...promoted, ...again];
};

const endDecisions = async (tx: Transaction, rows: Changes["end"]): Promise<void> => {
  if (rows.length === 0) return;
  await tx`
    update pipeline_router.decisions decided set ended_at = now(), ended_why = ended.why
    from unnest(${rows.map(({ id }) => id)}::uuid[], ${rows.map(({ why }) => why)}::text[]) as ended (id, why)
    where decided.id = ended.id`;
};

const restate = async (tx: Transaction, rows: Changes["restate"]): Promise<void> => {
  if (rows.length === 0) return;
  await tx`
    update pipeline_router.decisions decided set progress = now_is.progress, reason = now_is.reason, changed_at = now()
    from unnest(
      ${rows.map(({ id }) => id)}::uuid[], ${rows.map(({ progress }) => progress)}::text[],
      ${rows.map(({ reason }) => reason)}::text[]) as now_is (id, progress, reason)
    where decided.id = now_is.id`;
};

const adopt = async (tx: Transaction, rows: Changes["adopt"]): Promise<void> => {
  if (rows.length === 0) return;
  await tx`
    update pipeline_router.decisions decided set application = adopted.application, run = adopted.run
    from unnest(
      ${rows.map(({ id }) => id)}::uuid[], ${rows.map(({ application }) => application)}::uuid[],
      ${rows.map(({ run }) => run)}::uuid[]) as adopted (id, application, run)
    where decided.id = adopted.id`;
};

type Sequenced = { readonly id: string; readonly sequence: number };

const begin = async (tx: Transaction, decisions: readonly BeginDecision[]): Promise<Request[]> => {
  if (decisions.length === 0) return [];
  const made = decisions.map((decision) => ({ ...decision, id: v7() }));
  const rows = made.map(({ id, document, rule, verdict, traceparent, restarts }) => {
    const { analysis, version, parametersHash } = rule.lock;
    const key = verdict.call.kind === "run" ? verdict.call.key : null;
    return {
      ...{ id, traceparent, restarts, key, ...verdict.slice },
      ...{ document: document.name, rule: rule.name, sliceKey: sliceKey(verdict.slice) },
      ...{ analysis, version, parametersHash, application: document.application },
      ...{
        run: key === null ? null : document.runs.get(rule.name),
        progress: verdict.progress,
        reason: verdict.reason,
      },
    };
  });
  const written = await tx<Sequenced[]>`
    insert into pipeline_router.decisions
      (id, document, rule, level, dataset, subject, session, scan, slice_key, key, analysis, version, parameters_hash, sequence,
       round, sends, application, run, outcome, progress, reason, restarts, traceparent, asked_at)
    select id, document, rule, level, dataset, subject, session, scan, "sliceKey", key, analysis, version, "parametersHash",
      case when key is not null then nextval('pipeline_router.decision_sequence') end,
      (key is not null)::int, (key is not null)::int, application, run, case when key is not null then 'asked' end, progress,
      reason, restarts, traceparent, case when key is not null then now() end
    from json_to_recordset(${JSON.stringify(rows)}::text::json) as made (
      id uuid, document text, rule text, level text, dataset text, subject text, session text, scan text, "sliceKey" text,
      key text, analysis text, version text, "parametersHash" text, application uuid, run uuid, progress text, reason text,
      restarts int, traceparent text)
    returning id, sequence`;
  return requestsOf(made, written);
};

/** The decision is made now, so it gets its id now: the id of a decision tells its time. */
const promote = async (tx: Transaction, decisions: readonly PromoteDecision[]): Promise<Request[]> => {
  if (decisions.length === 0) return [];
  const made = decisions.map((decision) => ({ ...decision, note: decision.id, id: v7() }));
  const rows = made.map(({ id, note, document, rule, verdict, traceparent }) => ({
    ...{ id, note, traceparent, application: document.application, run: document.runs.get(rule.name) },
    ...{ key: verdict.call.kind === "run" ? verdict.call.key : null, version: rule.lock.version },
    ...{ parametersHash: rule.lock.parametersHash, progress: verdict.progress, reason: verdict.reason },
    ...{ analysis: rule.lock.analysis },
  }));
  const written = await tx<Sequenced[]>`
    update pipeline_router.decisions decided set
      id = made.id, key = made.key, analysis = made.analysis, version = made.version, parameters_hash = made."parametersHash",
      sequence = nextval('pipeline_router.decision_sequence'), round = 1, sends = 1, application = made.application,
      run = made.run, outcome = 'asked', progress = made.progress, reason = made.reason, traceparent = made.traceparent,
      asked_at = now(), changed_at = now()
    from json_to_recordset(${JSON.stringify(rows)}::text::json) as made (
      id uuid, note uuid, key text, analysis text, version text, "parametersHash" text, application uuid, run uuid, progress text,
      reason text, traceparent text)
    where decided.id = made.note
    returning decided.id, decided.sequence`;
  return requestsOf(made, written);
};

const requestsOf = (
  decisions: readonly (PromoteDecision | (BeginDecision & { readonly id: string }))[],
  written: readonly Sequenced[],
): Request[] => {
  const sequences = new Map(written.map(({ id, sequence }) => [id, sequence]));
  return decisions.flatMap(({ id, document, rule, verdict, traceparent }) => {
    if (verdict.call.kind !== "run") return [];
    const { request } = verdict.call;
    return [{ decision: id, round: 1, sequence: sequences.get(id) ?? 0, document, rule, request, traceparent }];
  });
};

const requestAgain = async (tx: Transaction, rows: readonly RequestAgain[]): Promise<Request[]> => {
  if (rows.length === 0) return [];
  const changed = rows.map(({ document, rule, row, newRound, traceparent }) => ({
    ...{ id: row.id, application: document.application, run: document.runs.get(rule.name), newRound, traceparent },
  }));
  await tx`
    update pipeline_router.decisions decided set
      round = decided.round + again."newRound"::int, sends = case when again."newRound" then 1 else decided.sends + 1 end,
      application = again.application, run = again.run, outcome = 'asked', traceparent = again.traceparent, asked_at = now(),
      reason = case when again."newRound" then 'started' else decided.reason end, changed_at = now()
    from json_to_recordset(${JSON.stringify(changed)}::text::json) as again (
      id uuid, application uuid, run uuid, "newRound" boolean, traceparent text)
    where decided.id = again.id`;
  return rows.flatMap(({ document, rule, row, newRound, verdict, traceparent }) => {
    if (verdict.call.kind !== "run") return [];
    const { request } = verdict.call;
    const round = row.round + (newRound ? 1 : 0);
    return [{ decision: row.id, round, sequence: row.sequence ?? 0, document, rule, request, traceparent }];
  });
};
