#!/usr/bin/env node
/**
 * Times how long a command of the published program takes that has nothing to do: `node tests/benchmarks/startup.ts`. Commands that
 * ask a server get an empty answer at once. Each round runs all of them in turn with a bare `node -e 0`, so that what else the machine
 * does slows all alike.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { text } from "node:stream/consumers";
import { bundle } from "@rollerblade/bundle";

const rounds = Number(process.env.BENCH_ROUNDS ?? 25);
/** Rounds before those that count: they fill Node's compile cache. */
const warming = 2;

const source = resolve(import.meta.dirname, "../../bin/rollerblade.ts");
const folder = await mkdtemp(join(tmpdir(), "rollerblade-startup-"));
const server = createServer((_, response) => {
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify({ items: [], next: null, total: 0, complete: true }));
}).listen(0, "127.0.0.1");
await once(server, "listening");

type Timing = { readonly wallMs: number; readonly cpuMs: number };

/** Bash measures the processor time of a child, which Node does not tell. */
const timed = async (address: string, args: readonly string[]): Promise<Timing> => {
  const child = spawn(
    "bash",
    ["-c", 'TIMEFORMAT="%R %U %S"; time "$@" >/dev/null 2>&1', "bash", process.execPath, ...args],
    {
      env: {
        ...process.env,
        ROLLERBLADE_URL: address,
        ROLLERBLADE_TOKEN: "t",
        NODE_COMPILE_CACHE: join(folder, "compiled"),
      },
      stdio: ["ignore", "ignore", "pipe"],
    },
  );
  const [wall = 0, user = 0, system = 0] = (await text(child.stderr)).trim().split(" ").map(Number);
  return { wallMs: 1000 * wall, cpuMs: 1000 * (user + system) };
};

/** The value that a share of all is not above. */
const quantile = (values: readonly number[], share: number): number =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? Number.NaN;

try {
  await bundle({ folder: join(folder, "program"), minify: false });
  const program = join(folder, "program/bin/rollerblade.js");
  const commands: Record<string, readonly string[]> = {
    "node -e 0": ["-e", "0"],
    "--version": [program, "--version"],
    "--help": [program, "--help"],
    "query --help": [program, "query", "--help"],
    "dataset list": [program, "dataset", "list"],
    query: [program, "query", "scan.suffix == 'T1w'"],
    "from source: --version": [source, "--version"],
    "from source: dataset list": [source, "dataset", "list"],
  };
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
  const timings = new Map<string, Timing[]>(Object.keys(commands).map((name) => [name, []]));
  for (let round = 0; round < warming + rounds; round += 1)
    for (const [name, args] of Object.entries(commands)) {
      const timing = await timed(url, args);
      if (round >= warming) timings.get(name)?.push(timing);
    }
  console.log(`${"command".padEnd(28)}   p50 ms   p90 ms  processor ms (p50)`);
  const report = [...timings].map(([name, all]) => {
    const walls = all.map(({ wallMs }) => wallMs);
    const cpu = all.map(({ cpuMs }) => cpuMs);
    return { name, p50: quantile(walls, 0.5), p90: quantile(walls, 0.9), cpuP50: quantile(cpu, 0.5) };
  });
  for (const { name, p50, p90, cpuP50 } of report)
    console.log(
      `${name.padEnd(28)}${p50.toFixed(0).padStart(9)}${p90.toFixed(0).padStart(9)}${cpuP50.toFixed(0).padStart(9)}`,
    );
  console.log(JSON.stringify({ benchmark: "startup", rounds, report }));
} finally {
  server.close();
  await rm(folder, { recursive: true, force: true });
}
