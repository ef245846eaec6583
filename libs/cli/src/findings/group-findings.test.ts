import type { KeptFinding } from "@rollerblade/client";
import { expect, test } from "vitest";
import { groupFindings } from "./group-findings.ts";

const finding = (severity: "error" | "warning", rule: string, file: string): KeptFinding => ({
  ...{ severity, rule, file, message: "is wrong", advice: `Fix ${rule}.`, section: "", foundBy: "", foundAt: "" },
  ...{ fixedBy: null, fixedAt: null, mendedBy: null, mendedAt: null },
});

test("findings are grouped by rule, errors first, and of many the first five are shown", () => {
  const many = ["1", "2", "3", "4", "5", "6"].map((file) => finding("error", "bad-table", file));
  const groups = groupFindings([finding("warning", "no-readme", ""), ...many]);
  expect(groups.map(({ rule, isError, count, first, advice }) => [rule, isError, count, first.length, advice])).toEqual(
    [
      ["bad-table", true, 6, 5, "Fix bad-table."],
      ["no-readme", false, 1, 1, "Fix no-readme."],
    ],
  );
});
