import type { Sql } from "@rollerblade/database";
import { benchmarkService, upload } from "./benchmark-service.ts";

/** How much is measured. */
export type Load = { readonly events: number; readonly batch: number; readonly concurrency: number };

/** Events a second from the first emit to the last one handled, in one process that does both; 500 are emitted a transaction. */
export const measureThroughput = async (servers: { natsUrl: string }, sql: Sql, load: Load): Promise<number> => {
  const done = Promise.withResolvers<void>();
  let count = 0;
  const events = await benchmarkService(servers.natsUrl, sql, `throughput-${load.batch}`, load, (received) => {
    count += received.length;
    if (count >= load.events) done.resolve();
  });
  const begin = performance.now();
  for (let from = 0; from < load.events; from += 500) {
    const size = Math.min(500, load.events - from);
    const emissions = Array.from({ length: size }, (_, index) => upload(from + index));
    await sql.begin((tx) => events.emitAll(tx, emissions));
  }
  await done.promise;
  const seconds = (performance.now() - begin) / 1000;
  await events.stop(5_000);
  return load.events / seconds;
};
