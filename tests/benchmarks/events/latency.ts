import { setTimeout as sleep } from "node:timers/promises";
import type { Sql } from "@rollerblade/database";
import { benchmarkService, upload } from "./benchmark-service.ts";

/** Milliseconds from a commit to the call of the handler, at a steady rate. */
export const measureLatency = async (
  servers: { natsUrl: string },
  sql: Sql,
  load: { readonly events: number; readonly perSecond: number },
): Promise<{ p50: number; p99: number }> => {
  const committed = new Map<string, number>();
  const receivedAt = new Map<string, number>();
  const events = await benchmarkService(servers.natsUrl, sql, "latency", { batch: 500, concurrency: 1 }, (received) => {
    for (const event of received) receivedAt.set(event.id, performance.now());
  });
  await sleep(5_000);
  const begin = performance.now();
  for (let index = 0; index < load.events; index++) {
    const emission = upload(index);
    await sql.begin((tx) => events.emitAll(tx, [emission]));
    committed.set(emission.id ?? "", performance.now());
    await sleep(Math.max(0, begin + ((index + 1) * 1000) / load.perSecond - performance.now()));
  }
  while ([...committed.keys()].some((id) => !receivedAt.has(id))) await sleep(20);
  await events.stop(5_000);
  const times = [...committed]
    .map(([id, at]) => Math.max(0, (receivedAt.get(id) ?? at) - at))
    .toSorted((a, b) => a - b);
  const quantile = (share: number): number => Math.round((times[Math.floor(times.length * share)] ?? 0) * 100) / 100;
  return { p50: quantile(0.5), p99: quantile(0.99) };
};
