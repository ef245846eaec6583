import { spawnSync } from "node:child_process";
import { hostname } from "node:os";
import { expect, test } from "vitest";
import { isDead, nameReplica } from "./replica.ts";

test("each name is new, and its process lives", () => {
  expect(nameReplica()).not.toBe(nameReplica());
  expect(isDead(nameReplica())).toBe(false);
});

test.each<[string, string, boolean]>([
  ["a process that is gone", `${hostname()}/${spawnSync("true").pid}/1/x`, true],
  ["another process with the same id", `${hostname()}/${process.pid}/1/x`, true],
  ["a process of another host", "elsewhere/1/1/x", false],
])("%s", (_, replica, expected) => {
  expect(isDead(replica)).toBe(expected);
});
