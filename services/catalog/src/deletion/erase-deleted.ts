import { mentionPattern, type Sql, type Transaction, transaction } from "@rollerblade/database";
import { type Erased, type ErasingEvents, eraseOutbox, timestampFromDate } from "@rollerblade/events";
import type { Logger } from "@rollerblade/telemetry";

/** What erasing works with. */
export type EraseTools = {
  readonly sql: Sql;
  readonly events: Pick<ErasingEvents, "emit" | "eraseStreams">;
  readonly log: Pick<Logger, "warn" | "info">;
  readonly config: { readonly eraseSeconds: number };
};

/** A deletion that is finished and of which something may still be noted somewhere. */
type ErasableDeletion = Erased & {
  readonly id: string;
  /** When a new beginning of the person or the dataset was allowed; what was noted since is about that. */
  readonly until: Date;
  /** Whether all services were asked in an earlier round. */
  readonly asked: boolean;
};

const dueDeletions = ({ sql, config }: Pick<EraseTools, "sql" | "config">): Promise<ErasableDeletion[]> =>
  sql<ErasableDeletion[]>`
    select deletion.id, deletion.dataset, deletion.subject, deletion.erase_at is not null as asked,
      case when deletion.subject is null
        then least(clock_timestamp(), (select created_at from catalog.datasets where name = deletion.dataset))
        else least(clock_timestamp(), deletion.restored_at) end as until
    from catalog.deletions as deletion
    where finished_at is not null and erased_at is null and coalesce(erase_at, finished_at + ${config.eraseSeconds} * interval '1 second') <= clock_timestamp()
    order by requested_at limit 20`;

/**
 * Erases what is still noted of deleted people and datasets, in rounds: each asks every service to erase its tables and outbox, and erases
 * what the streams hold. After a round in which nothing was found any more, the label itself goes. What our own consumers have not
 * handled yet stays until they have, and is named in the log.
 */
export const eraseDeleted = async (tools: EraseTools): Promise<void> => {
  const failures: unknown[] = [];
  for (const deletion of await dueDeletions(tools)) {
    // One that has to wait holds up no other.
    await eraseOne(tools, deletion).catch((error: unknown) => failures.push(error));
  }
  if (failures.length > 0) throw failures[0];
};

const eraseOne = async (tools: EraseTools, deletion: ErasableDeletion): Promise<void> => {
  const { sql, events, log, config } = tools;
  const { id, dataset, subject, until, asked } = deletion;
  const { erased, waitingFor } = await events.eraseStreams({ dataset, subject }, until);
  if (waitingFor.length > 0)
    log.warn({ deletion: id, waitingFor }, "what these consumers have not handled yet cannot be erased");
  await transaction(sql, async (tx) => {
    await eraseTables(tx, deletion);
    await eraseOutbox(tx, "catalog", deletion, until);
    if (asked && erased === 0 && waitingFor.length === 0 && !(await isWaiting(tx, dataset))) {
      await tx`
        update catalog.deletions set erased_at = clock_timestamp(), subject = case when subject is null then null else '' end
        where id = ${id}`;
      log.info({ deletion: id }, "nothing of a deletion is left");
      return;
    }
    const message = { dataset, until: timestampFromDate(until) };
    if (subject === null) await events.emit(tx, "dataset.erased", message);
    else await events.emit(tx, "subject.erased", { ...message, subject });
    await tx`
      update catalog.deletions set erase_at = clock_timestamp() + ${config.eraseSeconds} * interval '1 second' where id = ${id}`;
  });
};

/** Whether something about the dataset is still to be published. */
const isWaiting = async (tx: Transaction, dataset: string): Promise<boolean> =>
  (await tx`select from catalog.outbox where dataset = ${dataset} and published_at is null limit 1`).length > 0;

/**
 * Erases what the catalog itself still says: where files lay that were removed, and derivatives that were withdrawn, which are kept until
 * now so that a late event about them changes nothing.
 */
const eraseTables = async (tx: Transaction, { dataset, subject, until }: ErasableDeletion): Promise<void> => {
  const pattern = subject === null ? "" : mentionPattern(subject);
  const gone = await tx<{ id: string }[]>`
    delete from catalog.derivatives as derivative
    where dataset = ${dataset} and state = 'withdrawn' and (${subject}::text is null or subject = ${subject} or path ~ ${pattern}
      or exists (select from catalog.derivative_sources as source
        where source.derivative = derivative.id and source.dataset = ${dataset} and source.path ~ ${pattern}))
    returning id`;
  await tx`delete from catalog.derivative_sources where derivative = any(${gone.map(({ id }) => id)}::uuid[])`;
  await tx`
    update catalog.derivatives set withdrawn_reason = '' where dataset = ${dataset} and withdrawn_reason ~ ${pattern}`;
  await tx`
    delete from catalog.refused_files
    where dataset = ${dataset} and published_at <= ${until} and (path ~ ${pattern} or reason ~ ${pattern})`;
  await tx`delete from catalog.removals where dataset = ${dataset} and published_at <= ${until} and path ~ ${pattern}`;
};
