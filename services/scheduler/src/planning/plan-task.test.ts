import { expect, test } from "vitest";
import { type HeldName, type Known, type KnownExecution, type OpenTask, type Plan, planTask } from "./plan-task.ts";

const task: OpenTask = {
  id: "t",
  key: "k",
  owner: "ada",
  analysis: "mask",
  dataset: "ds1",
  force: false,
  sources: ["ds1"],
  assets: [],
  sliceKey: "s",
  places: (made) => ({ path: `derivatives/m/x.${made === "mask" ? "nii" : "json"}`, shared: made.startsWith("tree/") }),
};

const execution = (changes: Partial<KnownExecution> = {}): KnownExecution => ({
  id: "e",
  key: "k",
  state: "succeeded",
  reason: "",
  datasets: ["ds1"],
  outputs: [{ name: "mask", sha256: "h", metadata: null, held: true }],
  ...changes,
});

const name = (changes: Partial<HeldName> = {}): [string, HeldName] => [
  "ds1/derivatives/m/x.nii",
  { derivative: "d", sha256: "h", metadata: null, key: "k", sliceKey: "s", held: true, ...changes },
];

const plan = (
  executions: KnownExecution[],
  names: [string, HeldName][] = [],
  changes: Partial<Known> = {},
  of: OpenTask = task,
): Plan =>
  planTask(of, {
    executions: new Map([["k", executions]]),
    names: new Map(names),
    refusal: () => null,
    refusalToPublish: () => null,
    mayUse: () => true,
    ...changes,
  });

test.each<[string, Plan, Plan]>([
  ["nobody has run it", plan([]), { plan: "run" }],
  ["it is queued", plan([execution({ state: "queued" })]), { plan: "share", execution: "e" }],
  ["it runs", plan([execution({ state: "running" })]), { plan: "share", execution: "e" }],
  ["its outputs are somewhere", plan([execution()]), { plan: "reuse", execution: "e" }],
  [
    "it is forced, and its outputs are somewhere",
    plan([execution()], [], {}, { ...task, force: true }),
    { plan: "run" },
  ],
  [
    "it is forced, and its outputs are at their names",
    plan([execution()], [name()], {}, { ...task, force: true }),
    { plan: "run" },
  ],
  [
    "it is forced, and runs already",
    plan([execution({ state: "running" })], [], {}, { ...task, force: true }),
    { plan: "share", execution: "e" },
  ],
  [
    "its outputs are at their names",
    plan([execution()], [name()]),
    { plan: "in-place", execution: "e", derivatives: ["d"] },
  ],
  [
    "it rightly made nothing",
    plan([execution({ outputs: [] })]),
    { plan: "in-place", execution: "e", derivatives: [] },
  ],
  ["another content has the name", plan([execution()], [name({ sha256: "x" })]), { plan: "reuse", execution: "e" }],
  [
    "the program wrote other fields for the sidecar",
    plan([execution()], [name({ metadata: { SkullStripped: true } })]),
    { plan: "reuse", execution: "e" },
  ],
  [
    "the same content came of another key",
    plan([execution()], [name({ key: "x" })]),
    { plan: "reuse", execution: "e" },
  ],
  ["the file at the name was changed", plan([execution()], [name({ held: false })]), { plan: "reuse", execution: "e" }],
  [
    "an output is nowhere any more",
    plan([execution({ outputs: [{ name: "mask", sha256: "h", metadata: null, held: false }] })]),
    { plan: "run" },
  ],
  [
    "one of two outputs is missing at its name",
    plan(
      [
        execution({
          outputs: [
            { name: "mask", sha256: "h", metadata: null, held: true },
            { name: "report", sha256: "r", metadata: null, held: true },
          ],
        }),
      ],
      [name()],
    ),
    { plan: "reuse", execution: "e" },
  ],
  [
    "one success is lost and another is whole",
    plan([
      execution({ id: "old", outputs: [{ name: "mask", sha256: "h", metadata: null, held: false }] }),
      execution(),
    ]),
    { plan: "reuse", execution: "e" },
  ],
  [
    "a success is lost and it runs again",
    plan([
      execution({ outputs: [{ name: "mask", sha256: "h", metadata: null, held: false }] }),
      execution({ id: "new", state: "running" }),
    ]),
    { plan: "share", execution: "new" },
  ],
  [
    "its input cannot be used",
    plan([execution({ id: "bad", state: "failed", outputs: [], reason: "exit code 65" })]),
    { plan: "bad-input", execution: "bad", reason: "exit code 65" },
  ],
  [
    "its input could be used once",
    plan([execution({ id: "bad", state: "failed", outputs: [] }), execution()]),
    { plan: "reuse", execution: "e" },
  ],
  [
    "somebody else's verdict on the input is none of theirs",
    plan([execution({ state: "failed", outputs: [] })], [], { mayUse: () => false }),
    { plan: "run" },
  ],
  ["somebody else has it whom one may not see", plan([execution()], [], { mayUse: () => false }), { plan: "run" }],
  [
    "it is in place, one may run it and not add files",
    plan([execution()], [name()], { refusalToPublish: () => "no" }),
    { plan: "in-place", execution: "e", derivatives: ["d"] },
  ],
  [
    "its outputs are elsewhere, one may run it and not add files",
    plan([execution()], [], { refusalToPublish: () => "no" }),
    { plan: "refuse", reason: "no" },
  ],
  [
    "one may not run it, though it is in place",
    plan([execution()], [name()], { refusal: () => "no" }),
    { plan: "refuse", reason: "no" },
  ],
])("when %s", (_, actual, expected) => {
  expect(actual).toEqual(expected);
});

test.each<[string, string, Partial<HeldName>, Plan["plan"]]>([
  ["another slice has made it", "tree/x.json", { sliceKey: "other", key: "another", sha256: "another" }, "in-place"],
  ["this slice made it, and of something else", "tree/x.json", { key: "another" }, "reuse"],
  ["another slice has made it, and it was lost", "tree/x.json", { sliceKey: "other", held: false }, "reuse"],
])("a file that every slice makes is in place where %s", (_, made, held, expected) => {
  const [, own] = name(held);
  const done = execution({ outputs: [{ name: made, sha256: "h", metadata: null, held: true }] });
  const known: Known = {
    executions: new Map([["k", [done]]]),
    names: new Map([["ds1/derivatives/m/x.json", own]]),
    refusal: () => null,
    refusalToPublish: () => null,
    mayUse: () => true,
  };
  expect(planTask(task, known).plan).toBe(expected);
});
