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
import { type Asked, compareByTurns } from "./by-turns.ts";

/** Rounds of each request. */
const rounds = Number(process.env.BENCH_ROUNDS ?? 150);

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

const asked: Readonly<Record<string, Asked>> = {
  "who am I": { method: "GET", path: "/v1/me" },
  "the datasets": { method: "GET", path: "/v1/datasets" },
  "whose it is": { method: "GET", path: "/v1/resources/dataset/brains" },
  "a query": { method: "POST", path: "/v1/queries/run", body: { expression: "subject.age > 40" } },
  "the runs": { method: "GET", path: "/v1/runs" },
  "a grant (change)": { method: "PUT", path: "/v1/grants/dataset/brains/everyone", body: { role: "viewer" } },
  "a query is saved (change)": { method: "PUT", path: "/v1/queries/adults", body: { expression: "subject.age >= 18" } },
};

const { rows, slower, requests } = await compareByTurns(asked, sides, rounds);
console.log(`Both sides by turns, ${requests} requests each.`);
console.table(rows);
const [lines, linesWithout] = await Promise.all(sides.map((side) => side.lines()));
console.log(`all: ${slower} % slower with the audit log; ${lines} lines in it, ${linesWithout} without`);
console.log(JSON.stringify({ benchmark: "audit", slower, rows }));
for (const { world } of sides) await world.stop();
process.exit(0);
