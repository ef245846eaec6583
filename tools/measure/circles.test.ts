import { expect, test } from "vitest";
import { findCircles } from "./circles.ts";

const circles = (arrows: Record<string, readonly string[]>) => findCircles(new Map(Object.entries(arrows)));

test("a chain and a diamond are no circle", () => {
  expect(circles({ a: ["b", "c"], b: ["d"], c: ["d"], d: [] })).toEqual([]);
});

test("two that point at each other are one, and what leads into it is not part of it", () => {
  expect(circles({ a: ["b"], b: ["c"], c: ["b"] })).toEqual([["b", "c"]]);
});

test("two circles that share a node are one; two that do not are two", () => {
  expect(circles({ a: ["b"], b: ["a", "c"], c: ["b"] })).toEqual([["a", "b", "c"]]);
  expect(circles({ a: ["b"], b: ["a", "c"], c: ["d"], d: ["c"] })).toEqual([
    ["a", "b"],
    ["c", "d"],
  ]);
});

test("a node that points at itself, or at one that nobody declared, is none", () => {
  expect(circles({ a: ["a", "unknown"] })).toEqual([]);
});
