import type { JsonObject } from "@rollerblade/abids";
import { exampleScan } from "@rollerblade/abids/testing";
import { scanFactsToMessage, topics } from "@rollerblade/events";
import { expect, test } from "vitest";
import { structBytes } from "./struct-size.ts";

const packed = (metadata: JsonObject): number =>
  topics["scan.indexed"].pack({ scan: scanFactsToMessage({ ...exampleScan("01"), metadata }) }).body.length;

test.each<[string, JsonObject]>([
  ["many small numbers", { Numbers: Array.from({ length: 20_000 }, (_, index) => index % 10) }],
  ["texts, of which some are long and some have wide letters", { a: "x".repeat(200), ü: "€".repeat(9_000), c: "" }],
  ["objects in lists in objects", { a: [{ b: [1, [2, { c: "d" }]] }, {}, []], e: { f: { g: true, h: null } } }],
])("the size of %s is that of the message", (_, metadata) => {
  // The lengths of the struct and of the scan around it take up to four bytes each.
  const difference = packed(metadata) - packed({}) - structBytes(metadata);
  expect(difference).toBeGreaterThanOrEqual(0);
  expect(difference).toBeLessThanOrEqual(8);
});
