import { expect, test } from "vitest";
import { roleAllows } from "./principal.ts";

test.each([
  ["viewer", "read", true],
  ["viewer", "run", false],
  ["runner", "read", true],
  ["runner", "run", true],
  ["runner", "contribute", false],
  ["contributor", "contribute", true],
  ["contributor", "admin", false],
  ["admin", "admin", true],
  ["owner", "admin", true],
  ["emperor", "read", false],
] as const)("a %s may %s: %s", (role, action, allowed) => {
  expect(roleAllows(role, action)).toBe(allowed);
});
