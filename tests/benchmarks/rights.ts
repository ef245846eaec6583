/**
 * What it costs to ask for rights at every request: ten main routes as a person, who is asked for, and as an administrator, who is not, with the
 * same rows in the answers; among 10,000 people, 1,000 datasets and 100,000 grants.
 */
import { accountsRoutes } from "@rollerblade/client";
import { catalog } from "../../services/catalog/src/index.ts";
import { gateway } from "../../services/gateway/src/index.ts";
import { scheduler } from "../../services/scheduler/src/index.ts";
import { tagger } from "../../services/tagger/src/index.ts";
import { startServicesWorld } from "../service/services-world.ts";
import { type Asked, compareByTurns } from "./by-turns.ts";
import { fillRights, sizes } from "./rights/many-people.ts";

/** Rounds of each route. */
const rounds = Number(process.env.BENCH_ROUNDS ?? 150);

const world = await startServicesWorld([catalog, scheduler, tagger, gateway], {
  gateway: { requestsPerSecond: 1_000_000 },
});
const url = world.url("gateway");
const begin = performance.now();
await fillRights(world.sql);
console.log(
  `${sizes.people} people, ${sizes.datasets} datasets, ${sizes.grants} grants, ${sizes.groups} groups, filled in ${Math.round((performance.now() - begin) / 1000)} s`,
);
const { token: person } = await world.admin("accounts").call(accountsRoutes.createToken, {
  body: { user: "person-1", label: "benchmark" },
});
const [{ resource: dataset = "" } = {}] = await world.sql<{ resource: string }[]>`
  select resource from accounts.access_v1 where principal = 'person-1' and kind = 'dataset' order by resource limit 1`;
const [{ names = 0 } = {}] = await world.sql<{ names: number }[]>`
  select count(distinct resource)::int as names from accounts.access_v1 where principal = 'person-1' and kind = 'dataset'`;

/** Ten main routes; each asks for one dataset, so that both are answered the same. */
const asked: Readonly<Record<string, Asked>> = {
  "who am I": { path: "/v1/me" },
  "a dataset": { path: `/v1/datasets/${dataset}` },
  "its scans": { path: `/v1/scans?dataset=${dataset}&limit=20` },
  "its files": { path: `/v1/files?dataset=${dataset}&limit=20` },
  "its derivatives": { path: `/v1/derivatives?dataset=${dataset}&limit=20` },
  "a query": { path: "/v1/queries/run", body: { expression: "subject.age > 40", datasets: [dataset], limit: 20 } },
  "its slices": { path: "/v1/slices", body: { expression: "subject.age > 40", datasets: [dataset], limit: 20 } },
  "tasks on it": { path: `/v1/tasks?dataset=${dataset}&limit=20` },
  "its results": { path: `/v1/results?dataset=${dataset}&limit=20` },
  "a link to a file": { path: `/v1/files/link?dataset=${dataset}&path=sub-001/anat/sub-001_T1w.nii.gz` },
};

const { rows, slower, requests } = await compareByTurns(
  asked,
  [
    { url, token: person },
    { url, token: world.adminToken },
  ],
  rounds,
);
console.log(`The person may read ${names} datasets. Both sides by turns, ${requests} requests each.`);
console.table(rows);
console.log(`all ten: ${slower} % slower with checks (aim < 10 %)`);
console.log(JSON.stringify({ benchmark: "rights", ...sizes, slower, rows }));
await world.stop();
process.exit(0);
