import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { watchChanges } from "./watch-changes.ts";

test("many changes of a folder and of new folders in it are reported once they rest, and those of a busy time are not missed", async () => {
  const folder = mkdtempSync(join(tmpdir(), "watch-"));
  const stop = new AbortController();
  const changes = watchChanges({ folder, quiet: 50, poll: 600_000, signal: stop.signal });
  const first = changes.next();
  mkdirSync(join(folder, "sub-01"));
  for (let index = 0; index < 20; index++) writeFileSync(join(folder, `a${index}`), "");
  expect(await first).toEqual({ done: false, value: "change" });
  writeFileSync(join(folder, "while-busy"), "");
  expect(await changes.next()).toEqual({ done: false, value: "change" });
  stop.abort();
  expect((await changes.next()).done).toBe(true);
  rmSync(folder, { recursive: true });
});

test("a place that reports no changes is due from time to time", async () => {
  const changes = watchChanges({ folder: null, quiet: 1, poll: 5 });
  expect(await changes.next()).toEqual({ done: false, value: "time" });
  await changes.return(undefined);
});
