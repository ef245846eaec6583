import { accountsRoutes, catalogRoutes } from "@rollerblade/client";
import { transaction } from "@rollerblade/database";
import { Problem } from "@rollerblade/errors";
import { createFairQueue, implement, type Principal, type ServiceContext } from "@rollerblade/service-kit";
import { type ReadableDatasets, within } from "../datasets/readable-datasets.ts";
import { requireSeen } from "../fields/require-seen.ts";
import { pageOf, readCursor } from "../query/cursor.ts";
import { compileQuery } from "../query/question.ts";
import type { Reader } from "../query/reader.ts";
import { countDiff, diffPage } from "../saved/diff-queries.ts";
import {
  findPin,
  findSaved,
  ownerOfSaved,
  type PinRow,
  resolveAsked,
  type SavedRow,
  savedColumns,
} from "../saved/find-saved.ts";
import { deletePin, writePin } from "../saved/write-pin.ts";

/** How long pins may take. */
export type SavedSettings = { readonly pinSeconds: number };

const savedOf = ({ name, owner, expression, level, description, updatedAt }: SavedRow) => ({
  ...{ name, owner, expression, level, description },
  updatedAt: updatedAt.toISOString(),
});

const forbidden = (name: string): Problem =>
  new Problem({
    code: "forbidden",
    message: `The query "${name}" is somebody else's.`,
    subject: name,
    next: "Save it under a name of your own.",
  });

/** A query that is one's own to change. @throws Problem `not-found`, `forbidden` */
const findOwn = async (context: ServiceContext, principal: Principal, name: string): Promise<SavedRow> => {
  const row = await findSaved(context, principal, name);
  if (row.owner === principal.name || principal.admin) return row;
  await context.authorize(principal, "contribute", { kind: "query", name }).catch(() => {
    throw forbidden(name);
  });
  return row;
};

const listAndShow = (context: ServiceContext): void => {
  const { sql, readable } = context;
  implement(context, catalogRoutes.listSavedQueries, async ({ principal, query }) => {
    const granted = await readable(principal, "query");
    const mine =
      granted === "all"
        ? sql`true`
        : sql`(${principal.limits === undefined} and ${ownerOfSaved(sql)} = ${principal.name} or saved.name = any(${[...granted]}::text[]))`;
    const rows = await sql<SavedRow[]>`
      select ${savedColumns(sql)} from catalog.saved_queries as saved
      where ${mine} and saved.name > ${query.after ?? ""} order by saved.name limit ${query.limit + 1}`;
    const items = rows.slice(0, query.limit);
    return { items: items.map(savedOf), next: rows.length > query.limit ? (items.at(-1)?.name ?? null) : null };
  });
  implement(context, catalogRoutes.showSavedQuery, async ({ principal, params }) =>
    savedOf(await findSaved(context, principal, params.name)),
  );
};

const canFind = (context: ServiceContext, principal: Principal, name: string): Promise<boolean> =>
  findSaved(context, principal, name).then(
    () => true,
    () => false,
  );

const change = (context: ServiceContext): void => {
  const { sql, peer } = context;
  const precondition = {
    exclusively: context.exclusively,
    read: catalogRoutes.showSavedQuery,
    current: async ({
      principal,
      params,
    }: {
      readonly principal: Principal;
      readonly params: { readonly name: string };
    }) => savedOf(await findSaved(context, principal, params.name)),
  };
  implement(
    context,
    catalogRoutes.saveQuery,
    async ({ principal, params: { name }, body }) => {
      // Refuses what could never be asked, or would find nothing because of a slip.
      await requireSeen(sql, await context.readable(principal, "dataset"), compileQuery(body.expression));
      const [known] = await sql<{ owner: string }[]>`
        select ${ownerOfSaved(sql)} as owner from catalog.saved_queries as saved where saved.name = ${name}`;
      // Claiming a name that is taken says so, without a word on whose it is.
      const visible = known !== undefined && (await canFind(context, principal, name));
      if (visible) await findOwn(context, principal, name);
      else await peer("accounts", principal).call(accountsRoutes.claimResource, { params: { kind: "query", name } });
      const [row] = await sql<SavedRow[]>`
        insert into catalog.saved_queries as saved (owner, name, expression, level, description)
        values (${principal.name}, ${name}, ${body.expression}, ${body.level}, ${body.description})
        on conflict (name) do update set expression = excluded.expression, level = excluded.level,
          description = excluded.description, updated_at = now()
        where ${ownerOfSaved(sql)} = ${known?.owner ?? principal.name}
        returning ${savedColumns(sql)}`;
      if (row === undefined) throw forbidden(name);
      return savedOf(row);
    },
    { precondition },
  );
  implement(
    context,
    catalogRoutes.deleteSavedQuery,
    async ({ principal, params: { name } }) => {
      const { owner } = await findOwn(context, principal, name);
      if (owner !== principal.name && !principal.admin) throw forbidden(name);
      const owned = await context.identify({ kind: "query", name });
      await transaction(sql, async (tx) => {
        const pins = await tx<{ id: string }[]>`select id from catalog.query_pins where query = ${name} for update`;
        for (const { id } of pins) await deletePin(tx, id);
        await tx`delete from catalog.saved_queries as saved where saved.name = ${name} and ${ownerOfSaved(tx)} = ${owner}`;
      });
      // When this fails, the owner still has the name, and saves or deletes under it again.
      if (owned !== null)
        await peer("accounts").call(accountsRoutes.retireResource, {
          params: { id: owned.id },
          body: { actor: principal.name },
        });
      return undefined;
    },
    { precondition },
  );
};

type PinnedRow = PinRow & { readonly at: string };

type Counts = { readonly slices: number; readonly scans: number; readonly files: number; readonly bytes: number };

/** Pins hold a connection of the service for minutes, so most connections are kept for everything else. */
const pinLimits = { maxRunning: 2, maxRunningPerPerson: 1, maxWaitingPerPerson: 4 };

const pins = (context: ServiceContext<SavedSettings>): void => {
  const writing = createFairQueue(pinLimits);
  const { sql, readable, config } = context;
  const pinOf = async (row: PinRow, mayRead: ReadableDatasets) => {
    const [counts] = await sql<Counts[]>`
      select coalesce(sum(slices), 0)::int8 as slices, coalesce(sum(scans), 0)::int8 as scans, coalesce(sum(files), 0)::int8 as files,
        coalesce(sum(bytes), 0)::int8 as bytes
      from catalog.pin_datasets where pin = ${row.id} ${mayRead === "all" ? sql`` : sql`and dataset = any(${[...mayRead]}::text[])`}`;
    const [derived] = await sql<{ outdated: number }[]>`
      select count(*)::int8 as outdated from catalog.pinned_derivatives p join catalog.derivatives d on d.id = p.derivative
      where p.pin = ${row.id} and (d.outdated or d.state <> 'in-force')
        ${mayRead === "all" ? sql`` : sql`and d.datasets <@ ${[...mayRead]}::text[]`}`;
    const outdated = derived?.outdated ?? 0;
    const { query, pin, expression, level, pinnedBy, createdAt } = row;
    const none: Counts = { slices: 0, scans: 0, files: 0, bytes: 0 };
    return {
      query,
      pin,
      expression,
      level,
      pinnedBy,
      createdAt: createdAt.toISOString(),
      ...(counts ?? none),
      outdated,
    };
  };
  implement(context, catalogRoutes.listPins, async ({ principal, params: { name }, query }) => {
    await findSaved(context, principal, name);
    const mayRead = await readable(principal, "dataset");
    const [at = "", last = ""] = query.after === undefined ? ["infinity", ""] : readCursor(query.after, 2);
    // A Date has milliseconds, the column microseconds.
    const rows = await sql<PinnedRow[]>`
      select *, created_at::text as at from catalog.query_pins
      where query = ${name} and (created_at, pin) < (${at}::text::timestamptz, ${last}) order by created_at desc, pin desc limit ${query.limit + 1}`;
    const { items, next } = pageOf(rows, query.limit, (row) => [row.at, row.pin]);
    return { items: await Promise.all(items.map((row) => pinOf(row, mayRead))), next };
  });
  implement(context, catalogRoutes.pinQuery, async ({ principal, params: { name, pin } }) => {
    const saved = await findOwn(context, principal, name);
    const mayRead = await readable(principal, "dataset");
    const { level } = saved;
    const query = {
      expression: compileQuery(saved.expression),
      level,
      readable: mayRead,
      mayRead,
      limit: 0,
      after: undefined,
    };
    const request = { pin, pinnedBy: principal.name, seconds: config.pinSeconds };
    const written = await writing.run(principal.name, () => writePin(sql, saved, request, query));
    return pinOf(written, mayRead);
  });
  implement(context, catalogRoutes.deletePin, async ({ principal, params: { name, pin } }) => {
    await findOwn(context, principal, name);
    const { id } = await findPin(sql, name, pin);
    await transaction(sql, (tx) => deletePin(tx, id));
    return undefined;
  });
};

const diffs = (context: ServiceContext<SavedSettings>, reader: Reader): void => {
  const { readable } = context;
  implement(context, catalogRoutes.diffQueries, async ({ principal, body }) => {
    const [from, to] = [
      await resolveAsked(context, principal, body.from),
      await resolveAsked(context, principal, body.to),
    ];
    const level = body.level ?? from.level ?? to.level ?? "scan";
    for (const asked of [from, to]) {
      if (asked.kind !== "pin" || asked.level === level) continue;
      const subject = `${asked.pin.query}@${asked.pin.pin}`;
      const message = `${subject} is pinned by ${asked.level}, and cannot be compared by ${level}.`;
      throw new Problem({ code: "invalid", message, subject, next: `Write --level ${asked.level}.` });
    }
    const query = {
      ...{ from, to, level, limit: body.limit, after: body.after },
      readable: within(await readable(principal, "dataset"), undefined),
    };
    const own = reader.as(principal);
    const [page, counts] = await Promise.all([diffPage(own, query), countDiff(own, query)]);
    return { ...page, level, ...counts };
  });
};

/** Queries that people gave a name, and their pins: their own and those that were granted to them. */
export const savedQueryRoutes = (context: ServiceContext<SavedSettings>, reader: Reader): void => {
  listAndShow(context);
  change(context);
  pins(context);
  diffs(context, reader);
};
