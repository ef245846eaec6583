import { type ConvertedFile, conversionRoutes, convertedFile } from "@rollerblade/client";
import { transaction } from "@rollerblade/database";
import { implement, pageOf } from "@rollerblade/service-kit";
import { v7 } from "uuid";
import { requireNotDeleting } from "../cleanup/deletions.ts";
import { requireSettled } from "../cleanup/settle-deletions.ts";
import { requireContributor } from "../imports/may-import.ts";
import { requirePlace } from "../imports/require-place.ts";
import type { Ingest } from "../ingest.ts";
import { maxTransferMs } from "../staged/transfer-time.ts";
import type { ConversionFileRow, ConversionRow } from "../tables.gen.ts";
import {
  conversionStatusOf,
  findConversion,
  moveConversion,
  ownConversion,
  requireStartable,
} from "./conversion-rows.ts";
import { forgetConversion } from "./drop-source.ts";
import { putSource } from "./put-source.ts";

/** The largest body of a run: a mapping and a table of labels. */
const runBodyBytes = 20 * 2 ** 20;

/** Serves conversions to BIDS: begin, send the source, plan or carry out, report, end. */
export const serveConversions = (ingest: Ingest): void => {
  const { sql } = ingest;
  const current = async (id: string, row: ConversionRow) =>
    conversionStatusOf(sql, (await findConversion(sql, id)) ?? row);

  implement(ingest, conversionRoutes.beginConversion, async ({ body, principal }) => {
    const { dataset, address } = body;
    await requireContributor(ingest, principal, dataset);
    await requireSettled(sql, dataset);
    const place = address === undefined ? null : await requirePlace(principal, address);
    const row = await transaction(sql, async (tx) => {
      await requireNotDeleting(tx, dataset);
      const [begun] = await tx<ConversionRow[]>`
        insert into ingest.conversions (id, dataset, uploader, limited_token, address, state)
        values (${v7()}, ${dataset}, ${principal.name}, ${principal.limits?.token ?? null}, ${place}, 'open')
        returning *`;
      if (begun === undefined) throw new Error("insert returned nothing");
      return begun;
    });
    return conversionStatusOf(sql, row);
  });

  implement(
    ingest,
    conversionRoutes.putConversionFile,
    async ({ params, query, principal, request }) => {
      const row = await ownConversion(ingest, principal, params.conversion);
      requireStartable(row);
      return putSource(ingest, row, query.path, request.body);
    },
    { timeout: maxTransferMs },
  );

  implement(
    ingest,
    conversionRoutes.runConversion,
    async ({ params, body, principal }) => {
      const row = await ownConversion(ingest, principal, params.conversion);
      requireStartable(row);
      const moved = await sql`
        update ingest.conversions
        set state = 'waiting', mapping = ${body.mapping}, is_plan = ${body.plan}, force = ${body.force},
          labels = coalesce(${body.labels ?? null}, labels), attempts = 0, problem = null, next = null, updated_at = now()
        where id = ${row.id} and state = ${row.state}`;
      if (moved.count > 0) ingest.trigger("convert");
      return current(row.id, row);
    },
    { bodyLimit: runBodyBytes },
  );

  implement(ingest, conversionRoutes.showConversion, async ({ params, principal }) =>
    conversionStatusOf(sql, await ownConversion(ingest, principal, params.conversion)),
  );

  implement(ingest, conversionRoutes.listConversionFiles, async ({ params, query, principal }) => {
    const { id } = await ownConversion(ingest, principal, params.conversion);
    const rows = await sql<ConversionFileRow[]>`
      select * from ingest.conversion_files
      where conversion_id = ${id} ${query.after === undefined ? sql`` : sql`and source collate "C" > ${query.after}`}
      order by source collate "C" limit ${query.limit + 1}`;
    return pageOf(rows.map(entryOf), query.limit, ({ source }) => source);
  });

  implement(ingest, conversionRoutes.readConversionLabels, async ({ params, principal }) => {
    const { labels } = await ownConversion(ingest, principal, params.conversion);
    return { labels };
  });

  implement(ingest, conversionRoutes.cancelConversion, async ({ params, principal }) => {
    const row = await ownConversion(ingest, principal, params.conversion);
    const canEnd = ["open", "waiting", "running", "planned", "refused"] as const;
    if (await moveConversion(sql, row.id, canEnd, "cancelled")) await forgetConversion(ingest, row.id);
    return current(row.id, row);
  });
};

const entryOf = ({ source, becomes, targets, reason }: ConversionFileRow): ConvertedFile =>
  convertedFile.parse({ source, is: becomes, targets, reason });
