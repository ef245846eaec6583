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
import { quantile } from "./queries/measure.ts";
import { fillRights, sizes } from "./rights/many-people.ts";

/** Rounds of each route, and requests at once of one round. */
const rounds = Number(process.env.BENCH_ROUNDS ?? 150);
const atOnce = 4;

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

type Asked = { readonly path: string; readonly body?: object };

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

/** Milliseconds until the answer was read. */
const ask = async ({ path, body }: Asked, token: string): Promise<number> => {
  const sent = performance.now();
  const answer = await fetch(`${url}${path}`, {
    method: body === undefined ? "GET" : "POST",
    headers: { authorization: `Bearer ${token}`, ...(body !== undefined && { "content-type": "application/json" }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  await answer.arrayBuffer();
  if (answer.status !== 200) throw new Error(`${path} was answered with ${answer.status}`);
  return performance.now() - sent;
};

type Side = { readonly token: string; readonly times: number[]; ms: number };

/** Both sides by turns, so that whatever else the machine does falls on both. */
const measure = async (one: Asked) => {
  const sides = [person, world.adminToken].map((token): Side => ({ token, times: [], ms: 0 }));
  for (const { token } of sides) await ask(one, token);
  for (let round = 0; round < rounds; round += 1)
    for (const side of round % 2 === 0 ? sides : sides.toReversed()) {
      const started = performance.now();
      side.times.push(...(await Promise.all(Array.from({ length: atOnce }, () => ask(one, side.token)))));
      side.ms += performance.now() - started;
    }
  return sides.map(({ times, ms }) => ({ rate: (times.length / ms) * 1000, p99: quantile(times, 0.99), ms }));
};

const rows: Record<string, Record<string, number>> = {};
const totals = [0, 0];
for (const [name, one] of Object.entries(asked)) {
  const [checked, unchecked] = await measure(one);
  if (checked === undefined || unchecked === undefined) continue;
  totals[0] = (totals[0] ?? 0) + checked.ms;
  totals[1] = (totals[1] ?? 0) + unchecked.ms;
  rows[name] = {
    "with, requests/s": Math.round(checked.rate),
    "without, requests/s": Math.round(unchecked.rate),
    "slower, %": Number(((unchecked.rate / checked.rate - 1) * 100).toFixed(1)),
    "with, p99 ms": Number(checked.p99.toFixed(1)),
    "without, p99 ms": Number(unchecked.p99.toFixed(1)),
  };
}
const slower = Number((((totals[0] ?? 0) / (totals[1] ?? 1) - 1) * 100).toFixed(1));
console.log(
  `The person may read ${names} datasets. Both sides by turns, ${rounds * atOnce} requests each, ${atOnce} at once.`,
);
console.table(rows);
console.log(`all ten: ${slower} % slower with checks (aim < 10 %)`);
console.log(JSON.stringify({ benchmark: "rights", ...sizes, slower, rows }));
await world.stop();
process.exit(0);
