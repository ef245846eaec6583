import { createWriteStream } from "node:fs";
import { mkdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { type Sql, tryLock } from "@rollerblade/database";
import { Problem } from "@rollerblade/errors";
import { crashPoint } from "@rollerblade/events";
import { importDataset, reportDataset } from "@rollerblade/transfer";
import pLimit from "p-limit";
import type { z } from "zod";
import type { Ingest } from "../ingest.ts";
import type { ConversionRow } from "../tables.gen.ts";
import { type conversionProgress, filesIn } from "./conversion-process-files.ts";
import { findConversion, moveConversion } from "./conversion-rows.ts";
import { dropSource } from "./drop-source.ts";
import { keepResult } from "./keep-result.ts";
import { runConversionProcess } from "./start-process.ts";

/** How often a run is begun that ends its process, or its replica, each time. */
const maxAttempts = 3;

/** States of a run that has been asked for and has not ended. */
const ongoing = ["waiting", "running"] as const;

/** Carries out conversions, each once at a time in all replicas. */
export type Converter = {
  /** Begins what was asked for, and takes up what a replica left that was killed. */
  takeUp(): Promise<void>;
  /** Waits for what is in hand. */
  settle(): Promise<void>;
};

/** Conversions of one replica at a time; each holds one connection for its lock. */
export const convertedAtOnce = 2;

/**
 * The converter of this process. The same source and mapping give the same bytes, so that a conversion that was killed is begun anew
 * from the source that lies in the bucket.
 */
export const createConverter = (ingest: Ingest): Converter => {
  const inHand = new Map<string, Promise<unknown>>();
  const limit = pLimit(convertedAtOnce);
  const convert = async (id: string): Promise<void> => {
    if (ingest.signal.aborted) return;
    try {
      await tryLock(ingest.locks, `ingest/convert/${id}`, () => takeUp(ingest, id));
    } catch (err) {
      if (!ingest.signal.aborted)
        ingest.log.error({ err, conversion: id }, "a conversion stopped; it will be tried again");
    }
  };
  return {
    async takeUp() {
      const rows = await ingest.sql<{ id: string }[]>`
        select id from ingest.conversions where state in ('waiting', 'running') order by updated_at`;
      for (const { id } of rows)
        if (!inHand.has(id))
          inHand.set(
            id,
            limit(() => convert(id)).finally(() => inHand.delete(id)),
          );
    },
    settle: async () => void (await Promise.allSettled(inHand.values())),
  };
};

const takeUp = async (ingest: Ingest, id: string): Promise<void> => {
  const row = await begin(ingest.sql, id);
  if (row === null) return;
  if (row.attempts > maxAttempts) return giveUp(ingest, id);
  const folder = join(conversionsFolder(ingest), id);
  try {
    await run(ingest, row, folder);
  } catch (error) {
    const problem = Problem.from(error);
    // Somebody's rights or data, and not this service, keep it from going on; all else is tried again.
    if (ingest.signal.aborted || !lasting.has(problem.code)) throw error;
    await moveConversion(ingest.sql, id, ongoing, "refused", describe(problem));
  }
  await rm(folder, { recursive: true, force: true });
};

const lasting: ReadonlySet<string> = new Set(["invalid", "forbidden", "not-found", "conflict", "too-large"]);

const begin = async (sql: Sql, id: string): Promise<ConversionRow | null> => {
  const [row] = await sql<ConversionRow[]>`
    update ingest.conversions set state = 'running', attempts = attempts + 1, updated_at = now()
    where id = ${id} and state in ('waiting', 'running') returning *`;
  return row ?? null;
};

/** What to do about a conversion that is more than this service carries out. */
const smaller = "Convert a part of the source, or convert it where you are: `rollerblade dataset convert`.";

/** The refusal of a conversion that takes too much of the disk. */
const tooLarge = (maxBytes: number): Problem =>
  new Problem({
    code: "too-large",
    message: `The source, unpacked, and the dataset would take more than ${maxBytes} bytes.`,
    next: smaller,
  });

const giveUp = async (ingest: Ingest, id: string): Promise<void> => {
  const problem = `The conversion was begun ${maxAttempts} times, and each time it or the server ended before it was done.`;
  await moveConversion(ingest.sql, id, ongoing, "failed", {
    problem,
    next: smaller,
  });
  await dropSource(ingest, id);
};

const run = async (ingest: Ingest, row: ConversionRow, folder: string): Promise<void> => {
  const { sql, config, signal } = ingest;
  const source = await placeSource(ingest, row, folder);
  const files = filesIn(folder);
  if (row.labels !== null) await writeFile(files.labels, row.labels, { mode: 0o600 });
  const request = { source, mapping: row.mapping ?? "", plan: row.isPlan, force: row.force };
  const show = keepProgress(ingest, row.id);
  const limits = { maxBytes: config.conversionBytes, timeoutMs: config.conversionMinutes * 60_000 };
  const end = await runConversionProcess(folder, request, limits, {
    signal,
    isUnwanted: async () => (await findConversion(sql, row.id))?.state !== "running",
    progress: (progress) => {
      crashPoint("ingest.converting");
      show(progress);
    },
  });
  crashPoint("ingest.converted");
  if (end.is === "ended") return;
  // The next turn tries it again, as often as it may.
  if (end.is === "died") throw new Error(end.message);
  if (end.is === "full") throw tooLarge(config.conversionBytes);
  if (end.is === "late") throw new Problem({ code: "too-large", message: end.message, next: smaller });
  const { problem } = end.result;
  await keepResult(ingest, row.id, folder, end.result);
  if (problem !== null) {
    await moveConversion(sql, row.id, ongoing, "refused", { problem: problem.message, next: problem.next });
    return;
  }
  if (row.isPlan) await moveConversion(sql, row.id, ongoing, "planned");
  else await importResult(ingest, row, files.dataset);
};

/** Imports the dataset as whoever began the conversion, with the rights that they have at this moment. */
const importResult = async (ingest: Ingest, row: ConversionRow, directory: string): Promise<void> => {
  const { sql } = ingest;
  const limits = row.limitedToken === null ? undefined : { token: row.limitedToken };
  const client = ingest.peer("ingest", { name: row.uploader, limits });
  const show = keepProgress(ingest, row.id);
  const cancelled = new AbortController();
  const watch = setInterval(() => {
    findConversion(sql, row.id).then(
      (found) => (found?.state === "running" ? undefined : cancelled.abort()),
      () => undefined,
    );
  }, watchMs);
  const signal = AbortSignal.any([ingest.signal, cancelled.signal]);
  try {
    const { status } = await importDataset({
      ...{ client, directory, dataset: row.dataset, signal },
      onProgress: ({ phase, done, of }) => show({ phase: `import: ${phase}`, done, of }),
    });
    await moveConversion(sql, row.id, ongoing, "imported", { importId: status.id });
    await dropSource(ingest, row.id);
    await reportDataset(client, { dataset: row.dataset, id: status.id, directory });
  } catch (error) {
    if (!cancelled.signal.aborted) throw error;
  } finally {
    clearInterval(watch);
  }
};

/** Milliseconds between two looks at whether an import is still wanted. */
const watchMs = 1_000;

/** Brings what was sent to this machine, but for what an interrupted run has brought; a place that the server reads stays there. */
const placeSource = async (
  { sql, objects, signal, config }: Ingest,
  row: ConversionRow,
  folder: string,
): Promise<string> => {
  if (row.address !== null) return row.address.startsWith("file:") ? fileURLToPath(row.address) : row.address;
  const { source } = filesIn(folder);
  await mkdir(source, { recursive: true });
  const sent = await sql<{ path: string; size: number; key: string }[]>`
    select path, size, key from ingest.conversion_sources where conversion_id = ${row.id} order by path`;
  if (sent.length === 0)
    throw new Problem({
      code: "invalid",
      message: "The source has no files.",
      subject: row.id,
      next: "Send an archive or files with `PUT /v1/conversions/{conversion}/source` first.",
    });
  const bytes = sent.reduce((sum, { size }) => sum + size, 0);
  if (bytes > config.conversionBytes) throw tooLarge(config.conversionBytes);
  for (const { path, size, key } of sent) {
    const target = join(source, path);
    if ((await stat(target).catch(() => null))?.size === size) continue;
    await mkdir(dirname(target), { recursive: true });
    await pipeline(await objects.get(key, { signal }), createWriteStream(target));
  }
  return source;
};

/** Milliseconds between two records of how far a conversion is. */
const progressMs = 1_000;

const keepProgress = ({ sql, log }: Ingest, id: string) => {
  let last = 0;
  return (progress: z.output<typeof conversionProgress>): void => {
    if (Date.now() - last < progressMs) return;
    last = Date.now();
    sql`update ingest.conversions set progress = ${JSON.stringify(progress)}::text::jsonb
      where id = ${id} and state = 'running'`.catch((err: unknown) =>
      log.warn({ err }, "could not note how far it is"),
    );
  };
};

const describe = ({ message, next, findings }: Problem) => {
  const named = findings.slice(0, 20).map(({ where, message: what }) => `${where}: ${what}`);
  return { problem: [message, ...named].join("\n"), next: next ?? null };
};

/** Where the folders of conversions are on this machine. */
export const conversionsFolder = ({ config }: Pick<Ingest, "config">): string =>
  join(config.conversionFolder === "" ? tmpdir() : config.conversionFolder, "rollerblade-conversions");
