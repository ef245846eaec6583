/** Events through outbox → stream → inbox, beside what the stream and the database do on their own in the same run. */
import { connect, disconnect } from "@rollerblade/database";
import { connectNats } from "@rollerblade/events";
import { benchmarkServers } from "./events/benchmark-servers.ts";
import { measureLatency } from "./events/latency.ts";
import { measureCopy, measureInsert, measureStream } from "./events/raw-limits.ts";
import { measureThroughput } from "./events/throughput.ts";

const servers = await benchmarkServers();
const sql = connect(servers.databaseUrl);
const connection = await connectNats({ url: servers.natsUrl, name: "benchmark" });
try {
  const raw = {
    ...(await measureStream(connection, 30_000)),
    copyRowsPerSecond: await measureCopy(sql, 100_000),
    insertRowsPerSecond: await measureInsert(sql, 50_000),
  };
  const batch = await measureThroughput(servers, sql, { events: 50_000, batch: 500, concurrency: 1 });
  const single = await measureThroughput(servers, sql, { events: 3_000, batch: 1, concurrency: 8 });
  const latency = await measureLatency(servers, sql, { events: 1_000, perSecond: 100 });
  const limits = { batchEventsPerSecond: 5_000, p50Milliseconds: 20 };
  console.table({
    "outbox → stream → inbox, batches of 500": { value: Math.round(batch), unit: "events/s", aim: "≥ 5,000" },
    "outbox → stream → inbox, one by one, eight at once": { value: Math.round(single), unit: "events/s", aim: "" },
    "commit → handler, p50 at 100/s": { value: latency.p50, unit: "ms", aim: "< 20" },
    "commit → handler, p99 at 100/s": { value: latency.p99, unit: "ms", aim: "" },
    "raw: JetStream publish, 256 in flight": { value: raw.publishPerSecond, unit: "messages/s", aim: "" },
    "raw: JetStream consume and acknowledge": { value: raw.consumePerSecond, unit: "messages/s", aim: "" },
    "raw: COPY into the outbox": { value: raw.copyRowsPerSecond, unit: "rows/s", aim: "" },
    "raw: insert into the outbox, 500 a statement": { value: raw.insertRowsPerSecond, unit: "rows/s", aim: "" },
  });
  console.log(
    JSON.stringify({
      benchmark: "events",
      batchEventsPerSecond: batch,
      singleEventsPerSecond: single,
      latency,
      raw,
      limits,
    }),
  );
  if (batch < limits.batchEventsPerSecond || latency.p50 > limits.p50Milliseconds) process.exitCode = 1;
} finally {
  await connection.close();
  await disconnect(sql);
  await servers.stop();
}
