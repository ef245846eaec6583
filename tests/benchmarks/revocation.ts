/**
 * How soon a revoked right is worth nothing, at two replicas of the gateway and the catalog: until each refuses, until the last byte of a log
 * that is followed, and what becomes of tasks that wait or run.
 */
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { accountsRoutes, catalogRoutes, createHttpClient, schedulerRoutes } from "@rollerblade/client";
import { startServices } from "@rollerblade/service-kit";
import { importDataset } from "@rollerblade/transfer";
import { catalog } from "../../services/catalog/src/index.ts";
import { gateway } from "../../services/gateway/src/index.ts";
import { ingest } from "../../services/ingest/src/index.ts";
import { scheduler } from "../../services/scheduler/src/index.ts";
import { startServicesWorld } from "../service/services-world.ts";

/** Revocations of a right to read, and of the right to a log that is followed. */
const [readings, followings] = [100, 20];

const world = await startServicesWorld(
  [ingest, catalog, scheduler, gateway],
  { scheduler: { cpus: 1 } },
  // Analyses that are processes need no images.
  { ROLLERBLADE_MODE: "embedded" },
);
const url = (service: "accounts" | "ingest" | "scheduler") => world.url(service);
const other = await startServices([catalog, gateway], {
  ...world.settings,
  peers: { accounts: url("accounts"), ingest: url("ingest"), scheduler: url("scheduler") },
});
const doors = [world.url("gateway"), other.urls.gateway ?? ""];
const admin = world.admin("gateway");
await admin.call(accountsRoutes.createUser, { body: { name: "bob" } });
const { token } = await admin.call(accountsRoutes.createToken, { body: { user: "bob", label: "benchmark" } });
const bob = createHttpClient({ url: doors[1] ?? "", token });
const headers = { authorization: `Bearer ${token}` };

const dataset = "brains";
await importDataset({ client: admin, directory: world.copyOfColin(dataset), dataset });
const scansOf = async () => (await admin.call(catalogRoutes.listScans, { query: { dataset } })).items.length;
const until = async (reached: () => Promise<boolean>): Promise<void> => {
  while (!(await reached())) await new Promise((resolve) => setTimeout(resolve, 50));
};
await until(async () => (await scansOf()) >= 12);

const grant = (kind: "dataset" | "analysis", resource: string, role: "viewer" | "runner" | "contributor") =>
  admin.call(accountsRoutes.giveGrant, { params: { kind, resource, grantee: "bob" }, body: { role } });
const revoke = (kind: "dataset" | "analysis", resource: string) =>
  admin.call(accountsRoutes.revokeGrant, { params: { kind, resource, grantee: "bob" } });

const percentile = (values: readonly number[], share: number): string => {
  const sorted = values.toSorted((a, b) => a - b);
  return (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(0);
};
const report = (what: string, values: readonly number[]): void =>
  console.log(
    `${what}: p50 ${percentile(values, 0.5)} ms, p99 ${percentile(values, 0.99)} ms, max ${percentile(values, 1)} ms (${values.length})`,
  );

/** Asks one replica again and again; the moment at which the first refused request was sent, and how many later ones were let in. */
const askUntilRefused = async (door: string): Promise<number> => {
  for (;;) {
    const sent = performance.now();
    const { status, body } = await fetch(`${door}/v1/datasets/${dataset}`, { headers });
    await body?.cancel();
    if (status === 404) return performance.now();
    if (status !== 200) throw new Error(`${door} answered ${status} after ${performance.now() - sent} ms`);
  }
};

const [refusals, late]: [number[], number[]] = [[], []];
for (let round = 0; round < readings; round += 1) {
  await grant("dataset", dataset, "viewer");
  const asking = doors.map(askUntilRefused);
  const begin = performance.now();
  await revoke("dataset", dataset);
  // What is sent after the answer to the revocation must be refused, whichever replica it reaches.
  const after = await Promise.all(doors.map((door) => fetch(`${door}/v1/datasets/${dataset}`, { headers })));
  late.push(after.filter(({ status }) => status === 200).length);
  refusals.push(Math.max(...(await Promise.all(asking))) - begin);
}
report("from the revocation until both replicas refused a request", refusals);
console.log(`requests let in after the revocation was answered: ${late.reduce((sum, one) => sum + one, 0)}`);

const folder = join(world.scratch, "talks");
const gate = join(world.scratch, "gate");
await mkdir(folder);
await writeFile(
  join(folder, "main.sh"),
  `until [ -e ${gate} ]; do echo still here; sleep 0.05; done\ncp $ROLLERBLADE_IN/slice.json $ROLLERBLADE_OUT/table.json\n`,
);
const manifest = `name: talks
version: 1.0.0
process: [sh, main.sh]
level: scan
resources: {cpu: 1, timeout: 30m}
retry: {attempts: 1}
inputs: {t1w: {suffix: T1w, extension: .nii.gz}}
outputs: {table: {name: "{entities}_desc-talks_T1w.json"}}
`;
await admin.call(schedulerRoutes.createAnalysis, {
  body: { manifest, folder, file: join(folder, "analysis.yaml") },
});
await grant("analysis", "talks", "runner");
await grant("dataset", dataset, "contributor");
const { id: run } = await bob.call(schedulerRoutes.createRun, {
  body: { analysis: "talks", query: `dataset.name == "${dataset}"`, parameters: {} },
});
const tasks = async () => (await admin.call(schedulerRoutes.listTasks, { query: { run, limit: 500 } })).items;
const running = async () =>
  (await world.sql<{ execution: string }[]>`select execution from scheduler.attempts where state = 'running'`)[0]
    ?.execution;
await until(async () => (await running()) !== undefined);
const [planned, execution] = [(await tasks()).length, await running()];

// Somebody else follows, so that the run goes on.
await admin.call(accountsRoutes.createUser, { body: { name: "eve" } });
const eve = await admin.call(accountsRoutes.createToken, { body: { user: "eve", label: "benchmark" } });
const share = { kind: "dataset", resource: dataset, grantee: "eve" } as const;
await admin.call(accountsRoutes.giveGrant, {
  params: { kind: "analysis", resource: "talks", grantee: "eve" },
  body: { role: "viewer" },
});
/** Follows a log from its first piece on; an attempt that has only just begun has none to follow yet. */
const follow = async (url: string, token: string): Promise<ReadableStreamDefaultReader<Uint8Array>> => {
  for (;;) {
    const answer = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
    if (answer.status !== 200) throw new Error(`the log was answered with ${answer.status}`);
    const pieces = answer.body?.getReader();
    if (pieces !== undefined && !(await pieces.read()).done) return pieces;
  }
};
const endings: number[] = [];
for (let round = 0; round < followings; round += 1) {
  await admin.call(accountsRoutes.giveGrant, { params: share, body: { role: "viewer" } });
  const pieces = await follow(`${doors[round % 2]}/v1/executions/${execution}/attempts/1/log/follow`, eve.token);
  const begin = performance.now();
  await admin.call(accountsRoutes.revokeGrant, { params: share });
  while (!(await pieces.read()).done);
  endings.push(performance.now() - begin);
}
report("from the revocation until the last byte of a log that is followed", endings);

const begin = performance.now();
await revoke("dataset", dataset);
await until(async () => (await tasks()).every(({ state }) => state === "final"));
const seconds = ((performance.now() - begin) / 1_000).toFixed(1);
const outcomes = Map.groupBy(await tasks(), ({ outcome, reason }) => `${outcome}: ${reason}`);
console.log(`${planned} tasks, of which one ran, are final ${seconds} s after the revocation:`);
for (const [outcome, all] of outcomes) console.log(`  ${all.length} × ${outcome}`);
await rm(gate, { force: true });
await other.stop();
await world.stop();
process.exit(0);
