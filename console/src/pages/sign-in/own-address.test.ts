import { expect, test } from "vitest";
import { ownAddress } from "./own-address.ts";

test.each([
  ["/datasets/brains?tab=files", "/datasets/brains?tab=files"],
  [null, "/"],
  ["//evil.example", "/"],
  ["/\\evil.example", "/"],
  ["https://evil.example", "/"],
  ["javascript:alert(1)", "/"],
  ["/a\nb", "/"],
  ["/sign-in?next=/sign-in", "/"],
])("%s leads to %s", (wanted, expected) => {
  expect(ownAddress(wanted)).toBe(expected);
});
