import { conversionPrefix } from "@rollerblade/abids/bucket-layout";
import { transaction } from "@rollerblade/database";
import type { Ingest } from "../ingest.ts";

/** Keys of one delete call. */
const keysAtOnce = 1_000;

/** Deletes what was sent as the source of a conversion. */
export const dropSource = async ({ sql, objects }: Pick<Ingest, "sql" | "objects">, id: string): Promise<void> => {
  const keys: string[] = [];
  for await (const { key } of objects.list(conversionPrefix(id))) keys.push(key);
  for (let at = 0; at < keys.length; at += keysAtOnce) await objects.delete(keys.slice(at, at + keysAtOnce));
  await sql`delete from ingest.conversion_sources where conversion_id = ${id}`;
};

/** The same with all else that may hold names of people: the report, what became of each file, and the table of labels. */
export const forgetConversion = async (ingest: Pick<Ingest, "sql" | "objects">, id: string): Promise<void> => {
  await dropSource(ingest, id);
  await transaction(ingest.sql, async (tx) => {
    await tx`delete from ingest.conversion_files where conversion_id = ${id}`;
    await tx`update ingest.conversions set labels = null, report = null, mapping = null, problem = null where id = ${id}`;
  });
};
