/** Runs in a real cluster, each beside a bare Indexed Job of the same containers in the same minute. */

import { findCluster } from "../../services/scheduler/src/testing/cluster-world.ts";
import { measureChainInCluster } from "./cluster/chain.ts";
import { measurePods } from "./cluster/pods.ts";

const count = Number(process.argv[2] ?? 200);
const links = Number(process.argv[3] ?? 20);
const round = (value: number, digits = 2): number => Number(value.toFixed(digits));

if (!(await findCluster())) throw new Error("There is no cluster: start one with `npm run cluster -- up`.");
const { ours, bare, jobs } = await measurePods(count);
const gaps = (await measureChainInCluster(links)).sort((a, b) => a - b);
const at = (share: number): number => gaps[Math.ceil(share * gaps.length) - 1] ?? Number.NaN;
const figures = {
  [`${count} slices as Pods, published`]: { value: round(count / ours), unit: "Pods/s", aim: "" },
  [`bare Indexed Job of ${count}, same containers`]: { value: round(count / bare), unit: "Pods/s", aim: "" },
  "ours : bare": { value: round(bare / ours), unit: "", aim: "≥ 0.8" },
  "Jobs that were made of it": { value: jobs, unit: "Jobs", aim: "" },
  "report of one → Job of the next, p50 (batch window 200 ms)": { value: round(at(0.5), 0), unit: "ms", aim: "" },
  "report of one → Job of the next, p95": { value: round(at(0.95), 0), unit: "ms", aim: "< 500" },
};
console.table(figures);
console.log(JSON.stringify({ benchmark: "cluster", figures, gaps }));
process.exit(0);
