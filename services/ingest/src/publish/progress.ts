import type { Ingest } from "../ingest.ts";

/** Milliseconds between two notes. */
const intervalMs = 500;

/** Counts what is published. */
export type Progress = { add(files: number): void };

/** Notes now and then how many files are published, for whoever watches; nothing depends on it. */
export const createProgress = (ingest: Ingest, id: string): Progress => {
  let [done, noted] = [0, Date.now()];
  return {
    add(files) {
      done += files;
      if (Date.now() - noted < intervalMs) return;
      noted = Date.now();
      ingest.sql`update ingest.imports set published = ${done}, trouble = null where id = ${id}`.catch((err: unknown) =>
        ingest.log.warn({ err }, "progress was not noted"),
      );
    },
  };
};
