/**
 * What the audit log costs: reads and changes through a gateway that writes it, and through one that does not, by turns and in one run. Of a
 * read the line is written a moment later, together with others; of a change one line stands in the log before it is tried.
 */
import { accountsRoutes, type HttpClient } from "@rollerblade/client";
import type { ServiceDefinition } from "@rollerblade/service-kit";
import { catalog } from "../../services/catalog/src/index.ts";
import { gateway } from "../../services/gateway/src/index.ts";
import { scheduler } from "../../services/scheduler/src/index.ts";
import { startServicesWorld } from "../service/services-world.ts";
import { quantile } from "./queries/measure.ts";

/** Rounds of each request, and requests at once of one round. */
const rounds = Number(process.env.BENCH_ROUNDS ?? 150);
const atOnce = 4;

/** A gateway whose lines for the audit log go nowhere. */
const unaudited: typeof gateway = {
  ...gateway,
  start: (context) =>
    gateway.start({ ...context, peer: (service, onBehalfOf) => withoutLines(context.peer(service, onBehalfOf)) }),
};

/** A client of a service that does not send lines of the audit log. */
const withoutLines = (client: HttpClient): HttpClient =>
  new Proxy(client, {
    get: (target, member) =>
      member !== "call"
        ? Reflect.get(target, member)
        : (route: { readonly path: string }, ...rest: readonly unknown[]) =>
            route.path === accountsRoutes.recordAudit.path
              ? Promise.resolve()
              : Reflect.apply(target.call, target, [route, ...rest]),
  });

const start = async (definition: ServiceDefinition) => {
  const settings = { gateway: { requestsPerSecond: 1_000_000 } };
  const world = await startServicesWorld([catalog, scheduler, definition], settings);
  const lines = async (): Promise<number> => {
    const [row] = await world.sql<{ lines: number }[]>`select count(*)::int as lines from accounts.audit`;
    return row?.lines ?? 0;
  };
  return { world, lines, url: world.url("gateway"), token: world.adminToken };
};
type Side = Awaited<ReturnType<typeof start>>;
const sides: readonly [withAudit: Side, without: Side] = [await start(gateway), await start(unaudited)];
for (const { world } of sides)
  await world.admin("accounts").call(accountsRoutes.claimResource, { params: { kind: "dataset", name: "brains" } });

type Asked = { readonly method: string; readonly path: string; readonly body?: object };

const asked: Readonly<Record<string, Asked>> = {
  "who am I": { method: "GET", path: "/v1/me" },
  "the datasets": { method: "GET", path: "/v1/datasets" },
  "whose it is": { method: "GET", path: "/v1/resources/dataset/brains" },
  "a query": { method: "POST", path: "/v1/queries/run", body: { expression: "subject.age > 40" } },
  "the runs": { method: "GET", path: "/v1/runs" },
  "a grant (change)": { method: "PUT", path: "/v1/grants/dataset/brains/everyone", body: { role: "viewer" } },
  "a query is saved (change)": { method: "PUT", path: "/v1/queries/adults", body: { expression: "subject.age >= 18" } },
};

/** Milliseconds until the answer was read. */
const ask = async ({ method, path, body }: Asked, { url, token }: Side): Promise<number> => {
  const sent = performance.now();
  const answer = await fetch(`${url}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, ...(body !== undefined && { "content-type": "application/json" }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  await answer.arrayBuffer();
  if (answer.status !== 200) throw new Error(`${path} was answered with ${answer.status}`);
  return performance.now() - sent;
};

/** Both sides by turns, so that whatever else the machine does falls on both. */
const measure = async (one: Asked) => {
  const measured = sides.map((side) => ({ side, times: [0], ms: 0 }));
  for (const { side } of measured) await ask(one, side);
  for (let round = 0; round < rounds; round += 1)
    for (const now of round % 2 === 0 ? measured : measured.toReversed()) {
      const started = performance.now();
      now.times.push(...(await Promise.all(Array.from({ length: atOnce }, () => ask(one, now.side)))));
      now.ms += performance.now() - started;
    }
  return measured.map(({ times, ms }) => ({ rate: ((rounds * atOnce) / ms) * 1000, p99: quantile(times, 0.99), ms }));
};

const rows: Record<string, Record<string, number>> = {};
const totals = [0, 0];
for (const [name, one] of Object.entries(asked)) {
  const [audited, plain] = await measure(one);
  if (audited === undefined || plain === undefined) continue;
  totals[0] = (totals[0] ?? 0) + audited.ms;
  totals[1] = (totals[1] ?? 0) + plain.ms;
  rows[name] = {
    "with, requests/s": Math.round(audited.rate),
    "without, requests/s": Math.round(plain.rate),
    "slower, %": Number(((plain.rate / audited.rate - 1) * 100).toFixed(1)),
    "with, p99 ms": Number(audited.p99.toFixed(1)),
    "without, p99 ms": Number(plain.p99.toFixed(1)),
  };
}
const slower = Number((((totals[0] ?? 0) / (totals[1] ?? 1) - 1) * 100).toFixed(1));
console.log(`Both sides by turns, ${rounds * atOnce} requests each, ${atOnce} at once.`);
console.table(rows);
const [lines, linesWithout] = await Promise.all(sides.map((side) => side.lines()));
console.log(`all: ${slower} % slower with the audit log; ${lines} lines in it, ${linesWithout} without`);
console.log(JSON.stringify({ benchmark: "audit", slower, rows }));
for (const { world } of sides) await world.stop();
process.exit(0);
