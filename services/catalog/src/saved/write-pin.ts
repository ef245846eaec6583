import type { Sql, Transaction } from "@rollerblade/database";
import { Problem } from "@rollerblade/errors";
import { uuidv7 } from "../datasets/ids.ts";
import { sameSlice, sliceNames } from "../query/slice-columns.ts";
import { type SliceQuery, where } from "../query/slice-page.ts";
import type { PinRow, SavedRow } from "./find-saved.ts";

/** What a pin is told beside the query. */
export type PinRequest = {
  readonly pin: string;
  readonly pinnedBy: string;
  /** How long it may take. */
  readonly seconds: number;
};

const facts = `jsonb_build_object('dataset', s.dataset, 'subject', s.subject, 'session', nullif(s.session, ''), 'path', s.path,
  'datatype', s.datatype, 'suffix', s.suffix, 'extension', s.extension, 'entities', s.entities, 'metadata', s.metadata,
  'subjectAttributes', s.subject_attributes, 'sessionAttributes', s.session_attributes, 'files', s.files, 'revision', s.revision)
  || case when s.image is null then '{}'::jsonb else jsonb_build_object('image', s.image) end
  || case when s.scan_attributes is null then '{}'::jsonb else jsonb_build_object('scanAttributes', s.scan_attributes) end`;

const pinScans = async (tx: Transaction, id: string, query: SliceQuery): Promise<void> => {
  const { text, values } = where({ ...query, after: undefined });
  const bound = values.map((value) => (typeof value === "object" ? [...value] : value));
  const at = values.length + 1;
  await tx.unsafe(
    `insert into catalog.pinned_scans (pin, dataset, path, subject, session, facts_hash, matched)
     select $${at}::uuid, s.dataset, s.path, s.subject, s.session, s.facts_hash, true from catalog.scans s where ${text}`,
    [...bound, id],
  );
  if (query.level === "scan") return;
  await tx.unsafe(
    `insert into catalog.pinned_scans (pin, dataset, path, subject, session, facts_hash, matched)
     select $1::uuid, s.dataset, s.path, s.subject, s.session, s.facts_hash, false from catalog.scans s
     where exists (select from catalog.pinned_scans p where p.pin = $1::uuid and ${sameSlice(query.level, "p", "s")}) on conflict do nothing`,
    [id],
  );
};

const pinRest = async (tx: Transaction, id: string, query: SliceQuery): Promise<void> => {
  await tx.unsafe(
    `insert into catalog.pinned_facts (facts_hash, dataset, subject, facts)
     select s.facts_hash, s.dataset, s.subject, ${facts} from catalog.pinned_scans p
     join catalog.scans s on s.dataset = p.dataset and s.path = p.path
     where p.pin = $1::uuid and not exists (select from catalog.pinned_facts k where k.facts_hash = s.facts_hash)
     on conflict do nothing`,
    [id],
  );
  const names = sliceNames(query.level, "p");
  await tx.unsafe(
    `insert into catalog.pin_datasets (pin, dataset, slices, scans, files, bytes)
     select $1::uuid, p.dataset, count(distinct (${names})) filter (where p.matched), count(*),
       coalesce(sum(jsonb_array_length(s.files)), 0), coalesce(sum(s.size), 0)
     from catalog.pinned_scans p join catalog.scans s on s.dataset = p.dataset and s.path = p.path
     where p.pin = $1::uuid group by p.dataset`,
    [id],
  );
  await tx`
    insert into catalog.pinned_derivatives (pin, derivative)
    select ${id}::uuid, d.id from catalog.derivatives d
    where d.state = 'in-force' and d.dataset in (select dataset from catalog.pin_datasets where pin = ${id}::uuid)
      and (d.subject is null or exists (
        select from catalog.pinned_scans p where p.pin = ${id}::uuid and p.dataset = d.dataset and p.subject = d.subject))`;
};

const written = async (tx: Transaction, saved: SavedRow, request: PinRequest, query: SliceQuery): Promise<PinRow> => {
  await tx.unsafe(`set local statement_timeout = ${Math.ceil(request.seconds * 1000)}`);
  const [pin] = await tx<PinRow[]>`
    insert into catalog.query_pins (id, query, pin, expression, level, pinned_by, created_at)
    values (${uuidv7()}, ${saved.name}, ${request.pin}, ${saved.expression}, ${saved.level}, ${request.pinnedBy}, clock_timestamp())
    on conflict do nothing returning *`;
  if (pin === undefined) throw isTaken(saved.name, request.pin);
  await pinScans(tx, pin.id, query);
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

const code = (error: unknown): unknown => (error instanceof Error && "code" in error ? error.code : undefined);

/**
 * Keeps what a saved query finds at this moment, within the database: nothing of it travels, however much it is.
 * @throws Problem `conflict` for a name that is taken, `too-large` when it takes too long
 */
export const writePin = async (
  sql: Sql,
  saved: SavedRow,
  request: PinRequest,
  query: SliceQuery,
  attempts = 5,
): Promise<PinRow> => {
  try {
    const { pin } = await sql.begin("isolation level repeatable read", async (tx) => ({
      pin: await written(tx, saved, request, query),
    }));
    return pin;
  } catch (error) {
    // Two pins at once want to keep the same facts.
    if (code(error) === "40001" && attempts > 1) return writePin(sql, saved, request, query, attempts - 1);
    if (code(error) !== "57014") throw error;
    throw new Problem({
      code: "too-large",
      message: `Pinning took more than ${request.seconds} s and was given up.`,
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

/** Forgets what pins know of a deleted subject, or of a whole dataset; that there was something stays known. */
export const forgetPinned = async (tx: Transaction, dataset: string, subject: string | null): Promise<void> => {
  await tx`delete from catalog.pinned_facts where dataset = ${dataset} and (${subject}::text is null or subject = ${subject})`;
  await tx`delete from catalog.scan_changes where dataset = ${dataset} and (${subject}::text is null or subject = ${subject})`;
};
