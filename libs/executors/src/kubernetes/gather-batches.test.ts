import { setTimeout as sleep } from "node:timers/promises";
import { parseManifest } from "@rollerblade/analysis";
import { expect, test } from "vitest";
import type { Batch } from "./build-job.ts";
import { createGathering, type Gathered } from "./gather-batches.ts";

const manifest = parseManifest(`
name: a
version: 1.0.0
image: i
level: scan
inputs: {t1w: {suffix: T1w, extension: .nii.gz}}
outputs: {mask: {name: "{entities}_mask.nii.gz"}}
`);
const one = (attempt: string, more: Partial<Gathered> = {}): Gathered => ({
  ...{ attempt, manifest, image: "i", argv: [], memory: 1, rank: 1, owner: "o" },
  ...more,
});
const options = { maxAttempts: 3, lingerMs: 40, byOwner: false };
const gather = (more = {}) => {
  const gone: Batch[] = [];
  return { gone, gathering: createGathering({ ...options, ...more }, (batch) => gone.push(batch)) };
};
const attempts = (gone: readonly Batch[]) => gone.map((batch) => batch.attempts);

test("what comes in one moment goes at once and together, in batches of the largest size", async () => {
  const { gone, gathering } = gather();
  for (const id of ["a", "b", "c", "d"]) gathering.add(one(id));
  await expect.poll(() => attempts(gone)).toEqual([["a", "b", "c"], ["d"]]);
});

test("what comes right after a batch waits a little for more", async () => {
  const { gone, gathering } = gather({ lingerMs: 800 });
  gathering.add(one("a"));
  await expect.poll(() => gone.length).toBe(1);
  gathering.add(one("b"));
  await sleep(5);
  gathering.add(one("c"));
  await expect.poll(() => attempts(gone)).toEqual([["a"], ["b", "c"]]);
});

test("another size, priority, command or version is another Job; another owner only where owners have queues", async () => {
  const kinds = [{}, { memory: 2 }, { rank: 0 }, { argv: ["x"] }, { manifest: { ...manifest, version: "2.0.0" } }];
  const { gone, gathering } = gather();
  for (const [at, more] of kinds.entries()) gathering.add(one(String(at), more));
  gathering.add(one("owned", { owner: "p" }));
  await expect.poll(() => attempts(gone)).toEqual([["0", "owned"], ["1"], ["2"], ["3"], ["4"]]);
  const apart = gather({ byOwner: true });
  apart.gathering.add(one("a"));
  apart.gathering.add(one("b", { owner: "p" }));
  await expect.poll(() => attempts(apart.gone)).toEqual([["a"], ["b"]]);
});

test("one that is cancelled in time goes nowhere", async () => {
  const { gone, gathering } = gather();
  gathering.add(one("a"));
  gathering.add(one("b"));
  gathering.remove("a");
  await expect.poll(() => attempts(gone)).toEqual([["b"]]);
});
