import { createReadStream, existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { insertRecords, transaction } from "@rollerblade/database";
import type { Ingest } from "../ingest.ts";
import { conversionFilesTable } from "../tables.gen.ts";
import { type ConversionResult, conversionEntry, filesIn } from "./conversion-process-files.ts";

/** Entries that are inserted at once. */
const rowsAtOnce = 5_000;

/** Records what a run found: the report, what becomes of every file, and the table of labels, in one transaction. */
export const keepResult = async (
  { sql }: Pick<Ingest, "sql">,
  id: string,
  folder: string,
  { problem: _, ...report }: ConversionResult,
): Promise<void> => {
  const files = filesIn(folder);
  const labels = await readFile(files.labels, "utf8").catch(() => null);
  await transaction(sql, async (tx) => {
    await tx`delete from ingest.conversion_files where conversion_id = ${id}`;
    let rows: Row[] = [];
    const insert = async (): Promise<void> => {
      await insertRecords(tx, conversionFilesTable, rows);
      rows = [];
    };
    // A mapping that cannot be read accounts for no file.
    for await (const line of createInterface({
      input: existsSync(files.entries) ? createReadStream(files.entries) : Readable.from([]),
    })) {
      const { source, is, targets, reason } = conversionEntry.parse(JSON.parse(line));
      rows.push({ conversionId: id, source: storable(source), becomes: is, targets, reason });
      if (rows.length === rowsAtOnce) await insert();
    }
    if (rows.length > 0) await insert();
    await tx`
      update ingest.conversions
      set report = ${storable(JSON.stringify(report))}::text::jsonb, labels = coalesce(${labels}, labels), updated_at = now()
      where id = ${id}`;
  });
};

type Row = {
  readonly conversionId: string;
  readonly source: string;
  readonly becomes: string;
  readonly targets: readonly string[];
  readonly reason: string | null;
};

/** PostgreSQL takes no NUL, which names of members of archives may hold; in JSON it is written as an escape. */
const storable = (text: string): string => text.replaceAll("\0", "\uFFFD").replaceAll("\\u0000", "\uFFFD");
