/**
 * `npm run histories -- COUNT STEPS SEED`: compares so many random histories, of so many steps each, with fresh systems that are given
 * the same inputs. Seeds count up from SEED; each prints what happened where it differs.
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";

const root = join(import.meta.dirname, "../..");
const [count = "10", steps = "100", seed = String(Date.now() % 1_000_000)] = process.argv.slice(2);

process.stdout.write(`${count} histories of ${steps} steps, seeds from ${seed}\n`);
const { status } = spawnSync(
  process.execPath,
  [
    join(root, "node_modules/vitest/vitest.mjs"),
    ...["run", "--project", "chaos", "tests/histories", "--reporter", "verbose", "--test-timeout", String(60_000 * 60)],
  ],
  {
    cwd: root,
    stdio: "inherit",
    env: { ...process.env, HISTORIES: count, HISTORY_STEPS: steps, CHAOS_SEED: seed },
  },
);
process.exit(status ?? 1);
