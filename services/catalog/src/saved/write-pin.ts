import { isTimeout, limitTime, type Sql, type Transaction, transaction } from "@rollerblade/database";
import { Problem } from "@rollerblade/errors";
import { bound, fragment, raw, type SqlFragment } from "@rollerblade/query";
import { uuidv7 } from "../datasets/ids.ts";
import { scans } from "../query/columns.ts";
import type { SliceQuery } from "../query/question.ts";
import { runFragment } from "../query/run-fragment.ts";
import { scanFactsAsJson } from "../query/scan-row.ts";
import { sameSlice, sliceNames } from "../query/slice-columns.ts";
import { where } from "../query/slice-page.ts";
import type { PinRow, SavedRow } from "./find-saved.ts";

/** What a pin is given beside the query. */
export type PinRequest = {
  readonly pin: string;
  readonly pinnedBy: string;
  /** How long it may take. */
  readonly seconds: number;
};

/** The facts of a scan as one object, which is `ScanFacts`. */
const facts = raw(scanFactsAsJson("scan"));

/** Keeps which scans match, and at the levels above scans which others lie in their slices. */
const pinScans = async (tx: Transaction, pin: SqlFragment, query: SliceQuery): Promise<void> => {
  const insert = (matched: boolean): SqlFragment => fragment`
    insert into catalog.pinned_scans (pin, dataset, path, subject, session, facts_hash, matched)
    select ${pin}, scan.dataset, scan.path, scan.subject, scan.session, scan.facts_hash, ${raw(String(matched))}
    from ${scans} where`;
  await runFragment(tx, fragment`${insert(true)} ${where({ ...query, after: undefined })}`);
  if (query.level === "scan") return;
  const besideMatching = fragment`exists (
    select from catalog.pinned_scans pinned
    where pinned.pin = ${pin} and ${sameSlice(query.level, "pinned", "scan")})`;
  await runFragment(tx, fragment`${insert(false)} ${besideMatching} on conflict do nothing`);
};

/** Keeps the facts of the pinned scans, their counts by dataset, and the derivatives that are in force of them. */
const pinRest = async (tx: Transaction, id: string, query: SliceQuery): Promise<void> => {
  const ofPin = fragment`
    from catalog.pinned_scans pinned
    join ${scans} on scan.dataset = pinned.dataset and scan.path = pinned.path
    where pinned.pin = ${bound(id, "uuid")}`;
  await runFragment(
    tx,
    fragment`
      insert into catalog.pinned_facts (facts_hash, dataset, subject, facts)
      select scan.facts_hash, scan.dataset, scan.subject, ${facts} ${ofPin}
        and not exists (select from catalog.pinned_facts known where known.facts_hash = scan.facts_hash)
      on conflict do nothing`,
  );
  const slice = sliceNames(query.level, "pinned");
  await runFragment(
    tx,
    fragment`
      insert into catalog.pin_datasets (pin, dataset, slices, scans, files, bytes)
      select ${bound(id, "uuid")}, pinned.dataset, count(distinct (${slice})) filter (where pinned.matched), count(*),
        coalesce(sum(jsonb_array_length(scan.files)), 0), coalesce(sum(scan.size), 0)
      ${ofPin} group by pinned.dataset`,
  );
  await tx`
    insert into catalog.pinned_derivatives (pin, derivative)
    select ${id}::uuid, d.id from catalog.derivatives d
    where d.state = 'in-force' and d.dataset in (select dataset from catalog.pin_datasets where pin = ${id}::uuid)
      and (d.subject is null or exists (
        select from catalog.pinned_scans p where p.pin = ${id}::uuid and p.dataset = d.dataset and p.subject = d.subject))`;
};

const written = async (tx: Transaction, saved: SavedRow, request: PinRequest, query: SliceQuery): Promise<PinRow> => {
  await limitTime(tx, request.seconds);
  const [pin] = await tx<PinRow[]>`
    insert into catalog.query_pins (id, query, pin, expression, level, pinned_by, created_at)
    values (${uuidv7()}, ${saved.name}, ${request.pin}, ${saved.expression}, ${saved.level}, ${request.pinnedBy}, clock_timestamp())
    on conflict do nothing returning *`;
  if (pin === undefined) throw isTaken(saved.name, request.pin);
  await pinScans(tx, bound(pin.id, "uuid"), query);
  await pinRest(tx, pin.id, query);
  return pin;
};

const isTaken = (query: string, pin: string): Problem =>
  new Problem({
    code: "conflict",
    message: `The query "${query}" has a pin "${pin}" already, and a pin never changes.`,
    subject: `${query}@${pin}`,
    next: "Choose another name with --as.",
  });

/**
 * Keeps what a saved query finds at this moment, within the database: nothing of it travels, however much it is.
 * @throws Problem `conflict` for a name that is taken, `too-large` when it takes too long
 */
export const writePin = async (sql: Sql, saved: SavedRow, request: PinRequest, query: SliceQuery): Promise<PinRow> => {
  try {
    // Two pins at once may want to keep the same facts: then one of them is written again.
    return await transaction(sql, (tx) => written(tx, saved, request, query), { isolation: "repeatable read" });
  } catch (error) {
    if (!isTimeout(error)) throw error;
    throw new Problem({
      code: "too-large",
      message: `Pinning took more than ${request.seconds} s and was abandoned.`,
      subject: saved.name,
      next: "Pin fewer scans, or let the administrator raise ROLLERBLADE_CATALOG_PIN_SECONDS.",
    });
  }
};

/** Forgets a pin, and the facts that no other pin refers to. */
export const deletePin = async (tx: Transaction, id: string): Promise<void> => {
  const gone = await tx<{ factsHash: string }[]>`
    select distinct facts_hash from catalog.pinned_scans where pin = ${id}::uuid`;
  await tx`delete from catalog.pinned_scans where pin = ${id}::uuid`;
  await tx`
    delete from catalog.pinned_facts k where facts_hash = any(${gone.map(({ factsHash }) => factsHash)}::text[])
      and not exists (select from catalog.pinned_scans p where p.facts_hash = k.facts_hash)`;
  await tx`delete from catalog.pinned_derivatives where pin = ${id}::uuid`;
  await tx`delete from catalog.pin_datasets where pin = ${id}::uuid`;
  await tx`delete from catalog.query_pins where id = ${id}::uuid`;
};

/**
 * Forgets what pins know of a deleted subject, or of a whole dataset. That there was something stays known, so that a pin is never taken for
 * whole: under a pseudonym, the beginning of `subjectHash`, in the place of the person, and hashes in the place of paths and sessions.
 */
export const forgetPinned = async (tx: Transaction, dataset: string, subject: string | null): Promise<void> => {
  await tx`
    update catalog.pinned_scans as pinned
    set subject = hidden.subject, facts_hash = '',
      path = 'sub-' || hidden.subject || '/~' || left(encode(sha256(convert_to(pinned.path, 'UTF8')), 'hex'), 16),
      session = case when pinned.session = '' then ''
        else '~' || left(encode(sha256(convert_to(pinned.session, 'UTF8')), 'hex'), 16) end
    from (
      select pin, dataset, path,
        '~' || left(encode(sha256(convert_to(dataset || '/' || subject, 'UTF8')), 'hex'), 16) as subject
      from catalog.pinned_scans
      where dataset = ${dataset} and (${subject}::text is null or subject = ${subject}) and facts_hash <> '') as hidden
    where (pinned.pin, pinned.dataset, pinned.path) = (hidden.pin, hidden.dataset, hidden.path)`;
  await tx`delete from catalog.pinned_facts where dataset = ${dataset} and (${subject}::text is null or subject = ${subject})`;
  await tx`delete from catalog.scan_changes where dataset = ${dataset} and (${subject}::text is null or subject = ${subject})`;
};
