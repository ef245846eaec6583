import { expect, test } from "vitest";
import type { JobStatus } from "./job-status.ts";
import { surplusJobs } from "./remove-jobs.ts";

const job = (created: number, size: number, finished = true): JobStatus => ({
  ...{ name: `job-${created}`, uid: String(created), suspended: false, completed: "", failed: "" },
  ...{ created, size, finished },
});

const surplus = (jobs: readonly JobStatus[], most: number): number[] =>
  surplusJobs(jobs, most).map(({ created }) => created);

test("the latest finished Jobs stay as long as their Pods together are not too many", () => {
  expect(surplus([job(1, 50), job(3, 40), job(2, 60)], 100)).toEqual([1]);
  expect(surplus([job(1, 50), job(3, 40), job(2, 60)], 150)).toEqual([]);
});

test("one that still runs counts for nothing and is never too many", () => {
  expect(surplus([job(1, 5_000, false), job(2, 10)], 10)).toEqual([]);
});

test("one that is too large by itself goes as soon as it has finished", () => {
  expect(surplus([job(1, 10), job(2, 5_000)], 1_000)).toEqual([2, 1]);
});
