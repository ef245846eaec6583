import { accountsRoutes } from "@rollerblade/client";
import { catalog } from "../../services/catalog/src/index.ts";
import { gateway } from "../../services/gateway/src/index.ts";
import { ingest } from "../../services/ingest/src/index.ts";
import { pipelineRouter } from "../../services/pipeline-router/src/index.ts";
import { scheduler } from "../../services/scheduler/src/index.ts";
import { tagger } from "../../services/tagger/src/index.ts";
/** How long somebody else waits for `GET /v1/me`, with all services in one process, while one person does their worst. */
import { startServicesWorld } from "../service/services-world.ts";

/** Milliseconds that the other person may wait at the 99th percentile. */
const aim = 250;
/** Milliseconds of each attack, and between two requests of the other person. */
const [attackMs, everyMs] = [8_000, 20];
/** Requests of the attacker at once. */
const atOnce = 16;

const world = await startServicesWorld([catalog, ingest, pipelineRouter, scheduler, tagger, gateway]);
const url = world.url("gateway");
const admin = world.admin("gateway");

const personOf = async (name: string): Promise<string> => {
  await admin.call(accountsRoutes.createUser, { body: { name } });
  return (await admin.call(accountsRoutes.createToken, { body: { user: name, label: "benchmark" } })).token;
};
const [alice, bob] = [await personOf("alice"), await personOf("bob")];

const send = async (path: string, body?: unknown, token = bob): Promise<void> => {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const answer = await fetch(`${url}${path}`, {
    method: body === undefined ? "GET" : "POST",
    headers: { authorization: `Bearer ${token}`, ...(body !== undefined && { "content-type": "application/json" }) },
    ...(body !== undefined && { body: text }),
    signal: AbortSignal.timeout(30_000),
  }).catch(() => undefined);
  await answer?.arrayBuffer().catch(() => undefined);
};

const manifest = (parameters: object): string =>
  JSON.stringify({
    ...{ name: `a${Math.random().toString(36).slice(2, 12)}`, version: "1.0.0", level: "scan", parameters },
    image: `registry.example.org/x@sha256:${"0".repeat(64)}`,
    inputs: { t1w: { suffix: "T1w", extension: ".nii.gz" } },
    outputs: { mask: { name: "{entities}_desc-brain_mask.nii.gz" } },
  });

const pattern = { type: "object", properties: { a: { type: "string", pattern: "^(a+)+$" } } };
const wide = {
  properties: Object.fromEntries(
    Array.from({ length: 600 }, (_, at) => [`p${at}`, { type: "string", pattern: `^a{${at % 50}}$` }]),
  ),
};
const nested = "metadata.x.exists(a, metadata.x.exists(b, metadata.x.exists(c, a + b + c < 0.0)))";
const twice = "metadata.x.exists(a, metadata.x.exists(b, a + b < 0.0))";

/** Each does one thing again and again. */
const attacks: Readonly<Record<string, () => Promise<void>>> = {
  nothing: () => new Promise((resolve) => setTimeout(resolve, 100)),
  "backtracking patterns": async () => {
    await send("/v1/analyses", { manifest: manifest(pattern) });
    await send("/v1/runs", { analysis: "patterns", query: "false", parameters: { a: `${"a".repeat(50_000)}!` } });
  },
  "large schemas": () => send("/v1/analyses", { manifest: manifest(wide) }),
  "misspelt fields": () => send("/v1/queries/run", { expression: `metadata.${"a".repeat(3_900)} == 1` }),
  "lists within lists": async () => {
    await send("/v1/queries/run", { expression: nested });
    await send("/v1/queries/run", { expression: twice });
  },
  "live views": () => send("/v1/events"),
  "tags of YAML": () => send("/v1/pipelines/bomb", { source: "!!x ".repeat(60_000) }),
  "keys of YAML": () =>
    send("/v1/pipelines/bomb/plan", { source: Array.from({ length: 9_000 }, (_, at) => `k${at}: v`).join("\n") }),
  "deep JSON": () => send("/v1/queries/run", `{"a":${"[".repeat(200_000)}${"]".repeat(200_000)}}`),
  "large JSON": () => send("/v1/queries/run", { expression: "x".repeat(15_000_000) }),
  "bad tokens": () => send("/v1/me", undefined, `rb_${Math.random()}`),
  "many requests": () => send("/v1/me"),
};

await world.sql`
  insert into catalog.datasets (name) values ('hostile') on conflict do nothing`.catch(() => undefined);
await send("/v1/analyses", { manifest: manifest(pattern).replace(/"name":"a\w+"/, '"name":"patterns"') });

/** Waits of the other person, in milliseconds. */
const waits = async (until: number): Promise<number[]> => {
  const all: number[] = [];
  while (performance.now() < until) {
    const started = performance.now();
    await fetch(`${url}/v1/me`, { headers: { authorization: `Bearer ${alice}` } }).then((answer) =>
      answer.arrayBuffer(),
    );
    all.push(performance.now() - started);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
  return all.sort((a, b) => a - b);
};

const at = (sorted: readonly number[], share: number): string =>
  (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(0).padStart(6);

console.log(
  `${"attack".padEnd(24)} requests    p50    p99    max  (ms of GET /v1/me of somebody else; aim p99 < ${aim})`,
);
for (const [name, attack] of Object.entries(attacks)) {
  const until = performance.now() + attackMs;
  let requests = 0;
  const attackers = Array.from({ length: atOnce }, async () => {
    while (performance.now() < until) {
      await attack();
      requests += 1;
    }
  });
  const sorted = await waits(until);
  console.log(
    `${name.padEnd(24)} ${String(requests).padStart(8)} ${at(sorted, 0.5)} ${at(sorted, 0.99)} ${at(sorted, 1)}`,
  );
  await Promise.race([Promise.all(attackers), new Promise((resolve) => setTimeout(resolve, 30_000))]);
}
await world.stop();
process.exit(0);
