/**
 * Runs in a real cluster, each beside a bare Indexed Job of the same containers in the same minute.
 *
 *   npm run bench:cluster -- [PODS] [LINKS]            real Pods, and the time from one analysis to the next
 *   npm run bench:cluster -- scale [SLICES] [MINUTES]  nodes that kwok plays: 10,000 slices, or 100,000, cut short after so long
 *   npm run bench:cluster -- services [SLICES]         the same with every service in a process of its own: what memory each takes
 *   npm run bench:cluster -- autoscale [SLICES]        such nodes from none to many to none, as Pods wait for them
 */
import { findCluster } from "@rollerblade/service-scheduler/testing/cluster";
import { measureAutoscaling } from "./cluster/autoscale.ts";
import { measureChainInCluster } from "./cluster/chain.ts";
import { measurePods } from "./cluster/pods.ts";
import { measureScale } from "./cluster/scale.ts";
import { measureServices } from "./cluster/services.ts";

type Figure = { readonly value: number; readonly unit: string; readonly aim: string };

const round = (value: number, digits = 2): number => Number(value.toFixed(digits));
const figure = (value: number, unit: string, aim = "", digits = 2): Figure => ({
  value: round(value, digits),
  unit,
  aim,
});

const real = async (count: number, links: number): Promise<Record<string, Figure>> => {
  const { ours, bare, jobs } = await measurePods(count);
  const gaps = (await measureChainInCluster(links)).sort((a, b) => a - b);
  const at = (share: number): number => gaps[Math.ceil(share * gaps.length) - 1] ?? Number.NaN;
  return {
    [`${count} slices as Pods, published`]: figure(count / ours, "Pods/s"),
    [`bare Indexed Job of ${count}, same containers`]: figure(count / bare, "Pods/s"),
    "ours : bare": figure(bare / ours, "", "≥ 0.8"),
    "Jobs that were made of it": figure(jobs, "Jobs"),
    "report of one → Job of the next, p50 (batch window 200 ms)": figure(at(0.5), "ms", "", 0),
    "report of one → Job of the next, p95": figure(at(0.95), "ms", "< 500", 0),
  };
};

const scale = async (count: number, minutes: number): Promise<Record<string, Figure>> => {
  const { done, ours, bare, again, jobs, podsAgain, objects, load, database } = await measureScale(count, minutes);
  const { early, late } = load.scheduler;
  if (load.samples.length > 0) console.table(load.samples);
  return {
    [`${count} slices: planned, dispatched, reported, published`]: figure(done / ours, "slices/s"),
    "of them done": figure(done, "slices", String(count)),
    ...(bare !== null && {
      [`bare Indexed Job of ${count}, before`]: figure(count / bare[0], "Pods/s"),
      [`bare Indexed Job of ${count}, after`]: figure(count / bare[1], "Pods/s"),
      "ours : bare, of both": figure(((done / count) * (bare[0] + bare[1])) / 2 / ours, "", "≥ 0.8"),
    }),
    "Jobs that were made of it": figure(jobs, "Jobs"),
    "Pods and Jobs in etcd at most": figure(load.maxObjects, "objects", "≤ 10,000 Pods at once"),
    "Pods and Jobs in etcd right afterwards": figure(objects, "objects"),
    ...(again !== null && {
      "the same again": figure(again, "s", "< 5"),
      "Pods of the same again": figure(podsAgain, "Pods", "0"),
    }),
    "memory of the scheduler when a quarter is done": figure(early / 2 ** 20, "MiB", "", 0),
    "memory of the scheduler at the end": figure(late / 2 ** 20, "MiB", "flat", 0),
    ...Object.fromEntries(
      Object.entries(load.servers).map(([name, bytes]) => [`memory of ${name}`, figure(bytes / 2 ** 20, "MiB", "", 0)]),
    ),
    "size of the database": figure(database / 2 ** 20, "MiB", "", 0),
  };
};

const autoscale = async (count: number): Promise<Record<string, Figure>> => {
  const { by, before, most, after, first, done, empty, repeated } = await measureAutoscaling(count);
  return {
    [`nodes before, by ${by}`]: figure(before, "nodes", "0"),
    "nodes at most": figure(most, "nodes"),
    "nodes after": figure(after, "nodes", "0"),
    "until the first node": figure(first, "s"),
    [`${count} slices of a core, published`]: figure(done, "s"),
    "from there to no node": figure(empty, "s"),
    "attempts beyond one for each slice": figure(repeated, "attempts", "0"),
  };
};

const services = async (count: number): Promise<Record<string, Figure>> => {
  const { ran, again, memory } = await measureServices(count);
  return {
    [`${count} slices: collected, planned, dispatched, published, indexed`]: figure(count / ran, "slices/s"),
    "the same again": figure(again, "s", "< 5"),
    ...Object.fromEntries(
      Object.entries(memory).flatMap(([name, { early, late }]) => [
        [`memory of ${name}, idle`, figure(early / 2 ** 20, "MiB", "", 0)],
        [`memory of ${name} at most`, figure(late / 2 ** 20, "MiB", "", 0)],
      ]),
    ),
  };
};

// What was started for a benchmark ends with it.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));
if (!(await findCluster())) throw new Error("There is no cluster: start one with `npm run cluster -- up`.");
const [what = "200", more, minutes] = process.argv.slice(2);
const benchmarks: Readonly<Record<string, () => Promise<Record<string, Figure>>>> = {
  scale: () => scale(Number(more ?? 10_000), Number(minutes ?? 24 * 60)),
  services: () => services(Number(more ?? 3_000)),
  autoscale: () => autoscale(Number(more ?? 60)),
};
const figures = await (benchmarks[what] ?? (() => real(Number(what), Number(more ?? 20))))();
console.table(figures);
console.log(JSON.stringify({ benchmark: `cluster ${what}`, figures }));
process.exit(0);
