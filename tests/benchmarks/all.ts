import { spawnSync } from "node:child_process";
import { join } from "node:path";

const benchmarks = [
  "rules",
  "events",
  "scheduler",
  "groups",
  "queries",
  "bulk-rows",
  "revocation",
  "rights",
  "audit",
  "startup",
  "peers",
  "flagship",
] as const;

/** Runs the benchmarks that are named, or all, each in a process of its own. */
const chosen = process.argv.slice(2);
for (const name of chosen.length > 0 ? chosen : benchmarks) {
  console.log(`\n== ${name}`);
  const { status } = spawnSync(process.execPath, [join(import.meta.dirname, `${name}.ts`)], { stdio: "inherit" });
  if (status !== 0) process.exitCode = 1;
}
