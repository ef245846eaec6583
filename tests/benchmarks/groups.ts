/** What one scan more costs in a group of many whose report is made anew: processor time, and the wait for the report. */
import { join } from "node:path";
import { createWorld } from "../e2e/world.ts";
import { growGroup } from "./groups/grow-group.ts";

const sizes = process.env.BENCH_MEMBERS?.split(",").map(Number) ?? [500, 2_000];

/** Scans that are added one by one to each group. */
const added = 3;

/** Aims for a group of 8,000. */
const [aimProcessorSeconds, aimWaitSeconds] = [2, 3];

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
const round = (value: number): number => Number(value.toFixed(2));

const groups: Record<string, Awaited<ReturnType<typeof growGroup>>> = {};
for (const members of sizes) {
  const world = await createWorld();
  try {
    groups[members] = await growGroup(world, join(world.folder, "data", "group"), members, added);
  } finally {
    await world.close();
  }
}
console.log(
  `One scan more, median of ${added}; at 8,000: < ${aimProcessorSeconds} s of processor, < ${aimWaitSeconds} s`,
);
console.table(
  Object.fromEntries(
    Object.entries(groups).map(([members, costs]) => [
      members,
      {
        "server, s": round(median(costs.map(({ server }) => server))),
        "PostgreSQL, s": round(median(costs.map(({ postgres }) => postgres))),
        "until the report, s": round(median(costs.map(({ wait }) => wait))),
      },
    ]),
  ),
);
console.log(JSON.stringify({ benchmark: "groups", groups }));
