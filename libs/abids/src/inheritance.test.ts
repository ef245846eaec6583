import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type BidsName, parseName } from "./bids-name.ts";
import { indexInheritance, sidecarsFor } from "./inheritance.ts";

const name = (path: string): BidsName => {
  const parsed = parseName(path);
  if (!parsed.ok) throw new Error(parsed.findings.map(({ message }) => message).join());
  return parsed.name;
};

const data = name("sub-01/ses-1/func/sub-01_ses-1_task-x_run-1_bold.nii.gz");

describe("inheritance", () => {
  test.each([
    [
      "from the root downwards",
      ["bold.json", "sub-01/ses-1/func/sub-01_ses-1_task-x_run-1_bold.json", "sub-01/sub-01_bold.json"],
      ["bold.json", "sub-01/sub-01_bold.json", "sub-01/ses-1/func/sub-01_ses-1_task-x_run-1_bold.json"],
    ],
    ["no entity that the data are missing", ["acq-y_bold.json", "task-x_bold.json"], ["task-x_bold.json"]],
    ["no other value", ["task-y_bold.json", "sub-02/sub-02_bold.json"], []],
    ["no other suffix", ["task-x_events.json", "task-x_sbref.json"], []],
    ["the most specific of one level last", ["task-x_bold.json", "bold.json"], ["bold.json", "task-x_bold.json"]],
  ])("sidecars: %s", (_, candidates, expected) => {
    expect(sidecarsFor(data, candidates.map(name)).sidecars).toEqual(expected);
  });

  test("of everything but JSON only the nearest counts", () => {
    const candidates = ["task-x_events.tsv", "sub-01/ses-1/func/sub-01_ses-1_task-x_run-1_events.tsv"].map(name);
    expect(sidecarsFor(data, candidates).companions).toEqual([{ role: "events.tsv", path: candidates[1]?.path }]);
  });

  test("time courses are distinguished by what they recorded and lie beside the scan", () => {
    const stem = "sub-01/ses-1/func/sub-01_ses-1_task-x_run-1";
    const candidates = [
      `${stem}_recording-a_physio.tsv.gz`,
      `${stem}_recording-b_physio.tsv.gz`,
      "task-x_physio.tsv.gz",
    ].map(name);
    expect(sidecarsFor(data, candidates).companions.map(({ role }) => role)).toEqual([
      "recording-a_physio.tsv.gz",
      "recording-b_physio.tsv.gz",
    ]);
  });

  test("two files of one level are a finding", () => {
    const found = sidecarsFor(data, [name("task-x_bold.json"), name("bold.json")]);
    expect(found.findings[0]?.message).toContain("several files of one level: bold.json, task-x_bold.json");
  });

  test("agrees with a comparison of every pair", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(path, { maxLength: 40 }),
        fc.array(path, { minLength: 1, maxLength: 8 }),
        (all, some) => {
          const candidates = all.map((stem) => name(`${stem}_bold.json`));
          const index = indexInheritance(candidates);
          for (const stem of some) {
            const scan = name(`${stem}_bold.nii.gz`);
            expect(index.of(scan).sidecars).toEqual(naive(scan, candidates));
          }
        },
      ),
    );
  });
});

/** A stem at any level with any of four entities. */
const path = fc
  .record({
    level: fc.constantFrom("", "sub", "ses", "func"),
    sub: fc.constantFrom("01", "02"),
    ses: fc.constantFrom("1", "2"),
    task: fc.constantFrom("", "x", "y"),
    run: fc.constantFrom("", "1"),
  })
  .map(({ level, sub, ses, task, run }) => {
    const placed = level === "" ? [] : level === "sub" ? [`sub-${sub}`] : [`sub-${sub}`, `ses-${ses}`];
    const entities = [...placed, task && `task-${task}`, run && `run-${run}`].filter(Boolean);
    const folders = [...placed, level === "func" && "func"].filter(Boolean);
    return [...folders, entities.length === 0 ? "" : entities.join("_")].join("/");
  })
  .filter((stem) => stem !== "" && !stem.endsWith("/"));

/** The rules as the specification numbers them, read off word by word. */
const naive = (scan: BidsName, candidates: readonly BidsName[]): string[] => {
  const folder = (of: BidsName): string[] => of.path.split("/").slice(0, -1);
  return candidates
    .filter((candidate) => folder(candidate).every((segment, at) => folder(scan)[at] === segment))
    .filter((candidate) => Object.entries(candidate.entities).every(([key, value]) => scan.entities[key] === value))
    .sort(
      (a, b) =>
        folder(a).length - folder(b).length ||
        Object.keys(a.entities).length - Object.keys(b.entities).length ||
        (a.path < b.path ? -1 : 1),
    )
    .map((candidate) => candidate.path);
};
