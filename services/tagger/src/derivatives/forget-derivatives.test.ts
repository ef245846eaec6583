import { newEventId } from "@rollerblade/events";
import { expect, test } from "vitest";
import { firstIdAt } from "./forget-derivatives.ts";

test("ids made before a moment sort before its first id, later ones behind it", () => {
  const id = newEventId();
  expect(id < firstIdAt(new Date(Date.now() + 1_000))).toBe(true);
  expect(id > firstIdAt(new Date(Date.now() - 1_000))).toBe(true);
  expect(firstIdAt(new Date(0))).toBe("00000000-0000-7000-8000-000000000000");
});
