import type { Result } from "@rollerblade/client";
import { expect, test } from "vitest";
import { numericTags, pointsCsv, pointsOf } from "./metric-points.ts";

const result = (
  id: string,
  subject: string,
  session: string | null,
  value: number | string,
  tag = "volume",
): Result => ({
  ...{
    id,
    dataset: "ds",
    slice: { level: "session", dataset: "ds", subject, session, scan: null },
    document: "d",
    tag,
  },
  ...{ position: 0, title: "Volume", description: null, kind: "metric", value, unit: "mm³", digits: 0, table: null },
  ...{ problem: "", url: "", taggedAt: "" },
  derivative: { id, path: "", extension: ".json", size: 1, sha256: "", analysis: "a", version: "1.0.0" },
});
const results = [
  result("1", "01", "a", 10),
  result("2", "02", null, 20),
  result("3", "03", null, "none"),
  result("4", "01", "a", 5, "other"),
];
const people = [
  { slice: { level: "session" as const, dataset: "ds", subject: "01", session: "a", scan: null }, values: [31.5, "F"] },
  {
    slice: { level: "session" as const, dataset: "ds", subject: "02", session: null, scan: null },
    values: [null, "=M"],
  },
];

test("metrics that have numbers are offered once", () => {
  expect(numericTags(results)).toEqual([
    ["volume", "Volume"],
    ["other", "Volume"],
  ]);
});

test("values are joined with the age and the sex of whom they are about", () => {
  expect(pointsOf(results, "volume", people)).toMatchObject([
    { id: "1", value: 10, age: 31.5, sex: "F" },
    { id: "2", value: 20, age: null, sex: "=M" },
  ]);
});

test("CSV holds no formula, and nothing where nothing is known", () => {
  expect(pointsCsv("volume, mm³", pointsOf(results, "volume", people))).toBe(
    `dataset,subject,session,scan,age,sex,"volume, mm³"\r\nds,01,a,,31.5,F,10\r\nds,02,,,,'=M,20\r\n`,
  );
});
