import { expect, test } from "vitest";
import { boundedMetadata } from "./bounded-metadata.ts";
import { storable } from "./storable.ts";

test("the largest values are left out, with a finding, until the rest fits", () => {
  const { metadata, findings } = boundedMetadata(
    "x",
    { a: "x".repeat(60), b: 1, c: "y".repeat(80), d: "z".repeat(50) },
    100,
  );
  expect(Object.keys(metadata)).toEqual(["b", "d"]);
  expect(findings.map(({ message }) => message.slice(0, 14))).toEqual(["the metadata c", "the metadata a"]);
  expect(boundedMetadata("x", { a: 1 }, 90)).toMatchObject({ metadata: { a: 1 }, findings: [] });
});

test("what neither jsonb nor protobuf can hold is replaced", () => {
  expect(storable({ "a\0": "b\0c", d: ["\ud800", Number.POSITIVE_INFINITY, { e: null }] })).toEqual({
    "a\ufffd": "b\ufffdc",
    d: ["\ufffd", null, { e: null }],
  });
});
