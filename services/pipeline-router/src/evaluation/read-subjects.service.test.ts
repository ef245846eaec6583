import { connect, disconnect, type Sql, transaction } from "@rollerblade/database";
import { startMigratedServers } from "@rollerblade/database/testing";
import { scan } from "@rollerblade/pipeline/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readSubjects } from "./read-subjects.ts";

let servers: Awaited<ReturnType<typeof startMigratedServers>>;
let sql: Sql;

beforeAll(async () => {
  servers = await startMigratedServers([
    { schema: "pipeline_router", migrations: new URL("../../migrations/", import.meta.url) },
  ]);
  sql = connect(servers.databaseUrl);
});

afterAll(async () => {
  await disconnect(sql);
  await servers.stop();
});

const dataset = "batches";
const subject = "01";
const batch = "b1";

/** A scan as it is projected from the event of the catalog. */
const insertScan = (tx: Sql, run: string) => {
  const facts = scan({ dataset, subject, entities: { run } });
  return tx`
    insert into pipeline_router.scans (dataset, path, subject, suffix, facts, revision, batch, published_at)
    values (${dataset}, ${facts.path}, ${subject}, 'T1w', ${JSON.stringify(facts)}, 1, ${batch}, now())`;
};

test("no evaluation sees the end of a batch without all the scans that came with it", async () => {
  await sql`
    insert into pipeline_router.batches (batch, dataset, expires_at)
    values (${batch}, ${dataset}, now() + interval '1 hour')`;
  await insertScan(sql, "1");
  // The evaluation has read the scans and comes to the derivatives when the rest of the batch is committed.
  const blocker = await sql.reserve();
  await blocker`begin`;
  await blocker`lock table pipeline_router.derivatives in access exclusive mode`;
  const reading = transaction(sql, (tx) => readSubjects(tx, [{ dataset, subject }]));
  await expect
    .poll(() => sql`select 1 from pg_locks where relation = 'pipeline_router.derivatives'::regclass and not granted`)
    .toHaveLength(1);
  await insertScan(sql, "2");
  await sql`update pipeline_router.batches set closed = true where batch = ${batch}`;
  await blocker`commit`;
  blocker.release();
  const known = await reading;
  const scans = known.scans.get(`${dataset}/${subject}`) ?? [];
  const held = scans.filter((one) => one.batch !== null && known.openBatches.get(dataset)?.has(one.batch));
  expect(scans).toHaveLength(1);
  expect(held).toEqual(scans);
});
