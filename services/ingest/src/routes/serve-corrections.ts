import { type ColumnMeaning, writeAge } from "@rollerblade/abids";
import { correctionRoutes, type RouteOutput } from "@rollerblade/client";
import { insertRecords } from "@rollerblade/database";
import { Problem } from "@rollerblade/errors";
import { implement, type Principal, pageOf, readCursor, writeCursor } from "@rollerblade/service-kit";
import { currentTraceparent } from "@rollerblade/telemetry";
import { v7 } from "uuid";
import { z } from "zod";
import { requireNotDeleting } from "../cleanup/deletions.ts";
import { requireSettled } from "../cleanup/settle-deletions.ts";
import { correctionFrom, type StoredCorrection } from "../corrections/correction-rows.ts";
import { type PersonRow, readMeanings, tableOf } from "../corrections/person-table.ts";
import { beginImport, findImport, moveImport } from "../imports/import-rows.ts";
import type { Ingest } from "../ingest.ts";
import { requireCommitted } from "../publish/publish-import.ts";
import type { Publisher } from "../publish/publisher.ts";
import { correctionsTable } from "../tables.gen.ts";

/** What one request sets: cells of one row. */
type Order = Pick<PersonRow, "subject" | "session"> & {
  readonly file: string;
  readonly cells: ReadonlyMap<string, string>;
  readonly expected: ReadonlyMap<string, string>;
  readonly addColumns: boolean;
  readonly reason: string | null;
  readonly undoOf: string | null;
};

/** Serves the setting of single cells in tables of people, its history, and its undoing. */
export const serveCorrections = (ingest: Ingest, publisher: Publisher): void => {
  implement(ingest, correctionRoutes.correct, async ({ params: { dataset }, body, principal }) => {
    await requireTables(ingest, principal, dataset);
    const { subject, session = null, phenotype = null, addColumns, reason = null } = body;
    const file = tableOf({ subject, session, phenotype });
    const meanings = await readMeanings(ingest, dataset, file);
    const cells = new Map(
      Object.entries(body.values).map(([column, text]) => [column, cellOf(file, column, text, meanings.get(column))]),
    );
    const expected = new Map(Object.entries(body.was).map(([column, text]) => [column, tidy(text)]));
    const unset = [...expected.keys()].find((column) => !cells.has(column));
    if (unset !== undefined) throw expectedOnly(unset);
    const order = { subject, session, file, cells, expected, addColumns, reason, undoOf: null };
    return carryOut(ingest, publisher, principal, dataset, order);
  });

  implement(ingest, correctionRoutes.undoCorrection, async ({ params: { dataset, correction: id }, principal }) => {
    await requireTables(ingest, principal, dataset);
    const { undoneBy, ...former } = await findCorrection(ingest, dataset, id);
    if (undoneBy !== null) throw undoneAlready(id, undoneBy);
    const { subject, session, file, columnName, before, after } = former;
    const { items } = await carryOut(ingest, publisher, principal, dataset, {
      ...{ subject, session, file, addColumns: former.addColumn, reason: null, undoOf: id },
      cells: new Map([[columnName, before ?? "n/a"]]),
      expected: new Map([[columnName, after]]),
    });
    const [undo] = items;
    if (undo === undefined) throw new Error("an undo sets one cell");
    return undo;
  });

  implement(ingest, correctionRoutes.listCorrections, async ({ params: { dataset }, query, principal }) => {
    await ingest.authorize(principal, "read", { kind: "dataset", name: dataset });
    const [after] = query.after === undefined ? [] : readCursor(query.after, z.tuple([z.uuid()]));
    const rows = await ingest.sql<ListedCorrection[]>`
      select c.id, c.dataset, c.file, c.subject, c.session, c.column_name, c.before, c.after, c.add_column, c.author,
        c.reason, c.undo_of, c.created_at,
        (select u.id from ingest.corrections u join ingest.imports i on i.id = u.import_id
          where u.dataset = c.dataset and u.undo_of = c.id and i.state = 'committed' limit 1) as undone_by
      from ingest.corrections c join ingest.imports i on i.id = c.import_id
      where c.dataset = ${dataset} and i.state = 'committed'
        and ${query.subject === undefined ? ingest.sql`true` : ingest.sql`c.subject = ${query.subject}`}
        and ${after === undefined ? ingest.sql`true` : ingest.sql`c.id < ${after}`}
      order by c.id desc limit ${query.limit + 1}`;
    const { items, next } = pageOf(rows, query.limit, ({ id }) => writeCursor([id]));
    return { items: items.map((row) => correctionFrom(row, row.undoneBy)), next };
  });
};

type ListedCorrection = StoredCorrection & { readonly undoneBy: string | null };

const findCorrection = async ({ sql }: Ingest, dataset: string, id: string): Promise<ListedCorrection> => {
  const [row] = await sql<ListedCorrection[]>`
    select c.id, c.dataset, c.file, c.subject, c.session, c.column_name, c.before, c.after, c.add_column, c.author,
      c.reason, c.undo_of, c.created_at,
      (select u.id from ingest.corrections u join ingest.imports i on i.id = u.import_id
        where u.dataset = c.dataset and u.undo_of = c.id and i.state = 'committed' limit 1) as undone_by
    from ingest.corrections c join ingest.imports i on i.id = c.import_id
    where c.id = ${id} and c.dataset = ${dataset} and i.state = 'committed'`;
  if (row !== undefined) return row;
  throw new Problem({
    code: "not-found",
    message: `There is no correction ${id} in the dataset "${dataset}".`,
    subject: id,
    next: `See them with \`rollerblade subject history ${dataset}\`.`,
  });
};

/** Lets pass who may add to a dataset whose files are ours to change. @throws Problem `not-found`, `forbidden`, `conflict` */
const requireTables = async (ingest: Ingest, principal: Principal, dataset: string): Promise<void> => {
  await ingest.authorize(principal, "contribute", { kind: "dataset", name: dataset });
  await requireSettled(ingest.sql, dataset);
  const [known] = await ingest.sql<{ location: string | null }[]>`
    select location from ingest.datasets where name = ${dataset}`;
  if (known === undefined)
    throw new Problem({
      code: "not-found",
      message: `The dataset "${dataset}" has no files yet.`,
      subject: dataset,
      next: "Import it first.",
    });
  if (known.location !== null)
    throw new Problem({
      code: "conflict",
      message: `The files of the dataset "${dataset}" are read where they lie, and are not changed from here.`,
      subject: dataset,
      next: "Correct the table there, and import the dataset again with --in-place.",
    });
};

/** Sets the cells by an upload that ends before the answer. */
const carryOut = async (
  ingest: Ingest,
  publisher: Publisher,
  principal: Principal,
  dataset: string,
  { cells, expected, addColumns, ...order }: Order,
): Promise<RouteOutput<typeof correctionRoutes.correct>> => {
  const author = principal.name;
  const row = await beginImport(ingest, { dataset, uploader: author, mode: "upload" }, (tx) =>
    requireNotDeleting(tx, dataset),
  );
  const records = [...cells].map(([columnName, after]) => ({
    ...{ id: v7(), dataset, importId: row.id, columnName, after, author, addColumn: addColumns, ...order },
    expected: expected.get(columnName) ?? null,
  }));
  await insertRecords(ingest.sql, correctionsTable, records);
  await ingest.sql`update ingest.imports set traceparent = ${currentTraceparent()} where id = ${row.id}`;
  await moveImport(ingest.sql, row.id, ["open"], "committing");
  await publisher.publish(row.id);
  requireCommitted(await findImport(ingest.sql, row.id));
  const rows = await ingest.sql<StoredCorrection[]>`
    select id, dataset, file, subject, session, column_name, before, after, add_column, author, reason, undo_of, created_at
    from ingest.corrections where import_id = ${row.id} order by id`;
  // Rows of the import itself are swept once it has ended.
  const [table] = await ingest.sql<{ sha256: string }[]>`
    select sha256 from ingest.files where dataset = ${dataset} and path = ${order.file}`;
  return {
    items: rows.map((one) => correctionFrom(one, null)),
    table: { path: order.file, sha256: table?.sha256 ?? "" },
  };
};

/** What BIDS writes where nothing is known stands for an empty cell. */
const tidy = (text: string): string => (text.trim() === "" ? "n/a" : text.trim());

/** @throws Problem `invalid` for an age that cannot be told in years */
const cellOf = (file: string, column: string, text: string, meaning: ColumnMeaning | undefined): string => {
  if (column !== "age") return tidy(text);
  const age = writeAge(tidy(text), meaning);
  if (age.ok) return age.cell;
  throw new Problem({
    code: "invalid",
    message: `Nothing was set: an age in ${file} cannot be this: ${age.reason}.`,
    subject: column,
    next: 'Write a number with its unit, like "31 years".',
  });
};

const expectedOnly = (column: string): Problem =>
  new Problem({
    code: "invalid",
    message: `\`was\` has the column "${column}", which is not among the values to set.`,
    subject: column,
    next: "Leave it out, or set it as well.",
  });

const undoneAlready = (id: string, by: string): Problem =>
  new Problem({
    code: "conflict",
    message: `The correction was taken back already, by ${by}.`,
    subject: id,
    next: "Undo that one to set the value again.",
  });
