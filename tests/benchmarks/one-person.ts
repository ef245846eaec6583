import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { accountsRoutes, createHttpClient, schedulerRoutes } from "@rollerblade/client";
import { catalog } from "../../services/catalog/src/index.ts";
import { gateway } from "../../services/gateway/src/index.ts";
import { ingest } from "../../services/ingest/src/index.ts";
import { pipelineRouter } from "../../services/pipeline-router/src/index.ts";
import { scheduler } from "../../services/scheduler/src/index.ts";
import { tagger } from "../../services/tagger/src/index.ts";
/** How long somebody else waits for `GET /v1/me`, with all services in one process, while one person does their worst. */
import { startServicesWorld } from "../service/services-world.ts";
import { quantile } from "./queries/measure.ts";

/** Milliseconds that the other person may wait at the 99th percentile. */
const aim = 250;
/** Milliseconds of each attack, and between two requests of the other person. */
const [attackMs, everyMs] = [8_000, 20];
const program = join(import.meta.dirname, "one-person/attack.ts");

const world = await startServicesWorld([catalog, ingest, pipelineRouter, scheduler, tagger, gateway]);
const url = world.url("gateway");
const admin = world.admin("gateway");

const personOf = async (name: string): Promise<string> => {
  await admin.call(accountsRoutes.createUser, { body: { name } });
  return (await admin.call(accountsRoutes.createToken, { body: { user: name, label: "benchmark" } })).token;
};
const [alice, bob] = [await personOf("alice"), await personOf("bob")];

/** One process each; see `one-person/attack.ts`. */
const attacks = [
  "nothing",
  "backtracking patterns",
  "large schemas",
  "repeated patterns",
  "misspelt fields",
  "lists within lists",
  "live views",
  "tags of YAML",
  "keys of YAML",
  "aliases of YAML",
  "many uploads",
  "open connections",
  "slow bodies",
  "deep JSON",
  "large JSON",
  "bad tokens",
  "many requests",
];

const pattern = { type: "object", properties: { a: { type: "string", pattern: "^(a+)+$" } } };
const patterns = {
  ...{ name: "patterns", version: "1.0.0", level: "scan", parameters: pattern },
  image: `registry.example.org/x@sha256:${"0".repeat(64)}`,
  inputs: { t1w: { suffix: "T1w", extension: ".nii.gz" } },
  outputs: { mask: { name: "{entities}_desc-brain_mask.nii.gz" } },
};
await createHttpClient({ url, token: bob }).call(schedulerRoutes.createAnalysis, {
  body: { manifest: JSON.stringify(patterns) },
});

/**
 * Watches for how long the event loop of the server stands still, in milliseconds of this thread's processor time, so that it does not
 * matter what else the machine does: nobody is answered meanwhile. Gives the longest one.
 */
const watchStandstill = (): (() => number) => {
  let longest = 0;
  let before = process.threadCpuUsage();
  const look = setInterval(() => {
    const { user, system } = process.threadCpuUsage(before);
    longest = Math.max(longest, (user + system) / 1_000);
    before = process.threadCpuUsage();
  }, 1);
  return () => {
    clearInterval(look);
    return longest;
  };
};

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
  `${"attack".padEnd(24)} requests    p50    p99    max   p99×  standstill (ms of GET /v1/me of somebody else; aim p99 < ${aim}; × that without an attack; standstill: longest turn of the event loop, in ms of processor)`,
);
/** The 99th percentile while nothing else happens. */
let quiet: number | undefined;
for (const name of attacks) {
  const attacker = promisify(execFile)(process.execPath, [program, url, bob, name, String(attackMs)]);
  const standstill = watchStandstill();
  const sorted = await waits(performance.now() + attackMs);
  const requests = (await attacker).stdout.trim();
  quiet ??= quantile(sorted, 0.99);
  const times = (quantile(sorted, 0.99) / quiet).toFixed(1).padStart(6);
  console.log(
    `${name.padEnd(24)} ${requests.padStart(8)} ${at(sorted, 0.5)} ${at(sorted, 0.99)} ${at(sorted, 1)} ${times} ${standstill().toFixed(0).padStart(11)}`,
  );
}
await world.stop();
process.exit(0);
