import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { ConversionState } from "@rollerblade/client";
import type { Ingest } from "../ingest.ts";
import { findConversion } from "./conversion-rows.ts";
import { forgetConversion } from "./drop-source.ts";
import { conversionsFolder } from "./run-conversion.ts";

/**
 * Ends conversions that rest, forgets those that ended long ago, and removes folders that an ended run left behind on this machine.
 */
export const sweepConversions = async (ingest: Ingest): Promise<void> => {
  const { sql, config } = ingest;
  const rest = sql`make_interval(secs => ${config.openHours * 3600})`;
  const old: readonly ConversionState[] = ["open", "planned", "refused"];
  await sql`
    update ingest.conversions set state = 'expired', finished_at = now()
    where state = any(${[...old]}::text[]) and updated_at < now() - ${rest}`;
  const ended = await sql<{ id: string; isOld: boolean }[]>`
    select id, finished_at < now() - ${rest} as is_old from ingest.conversions
    where finished_at is not null
      and (finished_at < now() - ${rest} or state in ('expired', 'cancelled')
        and (report is not null or labels is not null or mapping is not null
          or exists (select from ingest.conversion_sources where conversion_id = id)))`;
  for (const { id, isOld } of ended) {
    await forgetConversion(ingest, id);
    if (isOld) await sql`delete from ingest.conversions where id = ${id}`;
  }
  const folder = conversionsFolder(ingest);
  for (const id of await readdir(folder).catch(() => [])) {
    const state = uuid.test(id) ? (await findConversion(sql, id))?.state : undefined;
    // One that is not known here belongs to another installation on this machine.
    if (state === undefined || state === "running" || state === "waiting") continue;
    await rm(join(folder, id), { recursive: true, force: true });
  }
};

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
