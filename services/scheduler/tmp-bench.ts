import { startSchedulerWorld, createShellAnalysis } from "/work/main/services/scheduler/src/testing/scheduler-world.ts";
import { mkdir, writeFile } from "node:fs/promises";
import { schedulerRoutes } from "/work/main/libs/client/src/index.ts";
const N = Number(process.argv[2] ?? 1000);
const world = await startSchedulerWorld();
await world.start({ sweepSeconds: 5, retrySeconds: 5 });
const folder = world.folder + "/cp"; await mkdir(folder);
for (const [name, cpu] of [["cp", "0.25"], ["never", "2"]]) {
const manifest = `name: ${name}
version: 1.0.0
process: [cp, "{in.t1w}", "{out.copy}"]
level: scan
inputs: {t1w: {suffix: T1w, extension: .nii.gz}}
resources: {cpu: "${cpu}", memory: 16Mi, timeout: 1m}
outputs: {copy: {name: "{entities}_desc-cp_T1w.nii.gz"}}
`;
await writeFile(folder + "/analysis.yaml", manifest);
await world.client().call(schedulerRoutes.createAnalysis, { body: { manifest, folder } });
}
const slices = [];
for (let i = 0; i < N; i++) slices.push(await world.scan("ds1", String(i).padStart(5, "0"), "scan " + i));
const go = async (label: string) => {
  const t = Date.now(); const c = process.cpuUsage();
  const ids: string[] = [];
  for (let at = 0; at < N; at += 500) ids.push(await world.request("cp", slices.slice(at, at + 500)));
  for (;;) {
    const [row] = await world.sql`select count(*)::int as n, count(*) filter (where state='final')::int as final, count(*) filter (where state='publishing')::int as publishing, count(*) filter (where outcome = 'failed')::int as failed from scheduler.tasks where run = any(${ids}::uuid[])`;
    if (process.env.V) console.log(Date.now() - t, row);
    if (row.final === N) { console.log(row); break; }
    await new Promise(r => setTimeout(r, process.env.V ? 500 : 20));
  }
  const s = (Date.now() - t) / 1000;
  const u = process.cpuUsage(c); console.log("cpu ms per task", (u.user/1000/N).toFixed(2), (u.system/1000/N).toFixed(2)); console.log(label, s, "s", (N / s).toFixed(0), "tasks/s");
};
const xs = async () => (await world.sql`select xact_commit, tup_updated, tup_inserted from pg_stat_database where datname = current_database()`)[0]; console.log(await xs()); await go("first"); await new Promise(r => setTimeout(r, 1500)); console.log(await xs());
await go("again");
const gaps = await world.sql`select execution, started_at, finished_at from scheduler.attempts order by started_at`;
console.log("attempts", gaps.length);
await world.stop();
process.exit(0);
