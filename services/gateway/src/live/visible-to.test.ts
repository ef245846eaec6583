import type { LiveEvent } from "@rollerblade/client";
import { expect, test } from "vitest";
import { type Viewer, type Visibility, visibleTo } from "./visible-to.ts";

const long = new Date("2025-01-01T00:00:00Z");
const ada: Viewer = {
  name: "ada",
  admin: false,
  datasets: new Map([
    ["brains", long],
    ["recent", new Date("2026-06-01T00:00:00Z")],
  ]),
  analyses: new Map([["mask", long]]),
  pipelines: new Map([["main", long]]),
};
const root: Viewer = { name: "root", admin: true, datasets: new Map(), analyses: new Map(), pipelines: new Map() };
const limits = { token: "t", resources: [{ kind: "dataset", name: "brains" }] } as const;
const limited: Viewer = {
  ...ada,
  limits,
  datasets: new Map([["brains", long]]),
  analyses: new Map(),
  pipelines: new Map(),
};
const calls = (...of: readonly (readonly [document: string, analysis: string])[]) => ({
  calls: of.map(([document, analysis]) => ({ document, analysis })),
});

const event = (topic: string, dataset: string | null, message: LiveEvent["message"] = {}): LiveEvent => ({
  id: "1",
  topic,
  dataset,
  time: "2026-01-01T00:00:00Z",
  message,
});
const derivative = (...datasets: string[]) => ({
  derivative: { id: "d1", sources: datasets.map((dataset) => ({ dataset })) },
});

test.each<[string, LiveEvent, Visibility]>([
  ["a scan of a readable dataset", event("scan.indexed", "brains"), "yes"],
  ["a scan of another dataset", event("scan.indexed", "secret"), "no"],
  ["what happened before the dataset could be read", event("scan.indexed", "recent"), "no"],
  [
    "what was made from data that could not be read then",
    event("derivative.indexed", "brains", derivative("recent")),
    "no",
  ],
  ["a task", event("task.finished", "brains", { analysis: "mask", task: "7" }), { askAboutTask: "7" }],
  ["a task of another analysis", event("task.started", "brains", { analysis: "other", task: "7" }), "no"],
  ["what readable documents call for", event("pipeline.decided", "brains", calls(["main", "mask"])), "yes"],
  [
    "what somebody's document calls for",
    event("pipeline.decided", "brains", calls(["main", "mask"], ["x", "mask"])),
    "no",
  ],
  ["what is called for of another analysis", event("pipeline.decided", "brains", calls(["main", "other"])), "no"],
  [
    "a derivative of readable data",
    event("derivative.indexed", "brains", derivative("brains")),
    { askAboutDerivative: "d1" },
  ],
  [
    "a derivative that was just made",
    event("derivative.created", "brains", { ...derivative("brains"), task: "7" }),
    { askAboutTask: "7" },
  ],
  [
    "a derivative that is replaced",
    event("derivative.superseded", "brains", { id: "d1" }),
    { askAboutDerivative: "d1" },
  ],
  [
    "a derivative that is withdrawn",
    event("derivative.withdrawn", "brains", { id: "d1" }),
    { askAboutDerivative: "d1" },
  ],
  ["a derivative that is dropped", event("derivative.dropped", "brains", { id: "d1" }), { askAboutDerivative: "d1" }],
  ["a derivative elsewhere that is withdrawn", event("derivative.withdrawn", "secret", { id: "d1" }), "no"],
  ["a result", event("result.tagged", "brains", { derivative: "d1" }), { askAboutDerivative: "d1" }],
  ["a derivative of unreadable data too", event("derivative.indexed", "brains", derivative("brains", "secret")), "no"],
  ["a derivative that cannot be read", event("derivative.created", "brains", {}), "no"],
  ["an analysis that may be used", event("analysis.created", null, { name: "mask" }), "yes"],
  ["another analysis", event("analysis.created", null, { name: "other" }), "no"],
  ["an own run", event("run.started", null, { owner: "ada" }), "yes"],
  ["another's run", event("run.started", null, { owner: "bob" }), "no"],
  ["the end of a run", event("run.finished", null, { run: "7" }), { askAboutRun: "7" }],
  ["an own document", event("pipeline.applied", null, { owner: "ada" }), "yes"],
  ["a document that was refused", event("pipeline.rejected", null, { document: "x" }), "no"],
  ["an own grant", event("grant.changed", "brains", { principal: "ada" }), "yes"],
  ["everyone's grant", event("grant.changed", "brains", { principal: "everyone" }), "yes"],
  ["another's grant on a readable dataset", event("grant.changed", "brains", { principal: "bob" }), "no"],
  ["an own grant on a dataset that is lost", event("grant.changed", "secret", { principal: "ada" }), "no"],
  ["what nobody foresaw, of a readable dataset", event("some.thing", "brains"), "yes"],
  ["what nobody foresaw, of no dataset", event("some.thing", null), "no"],
])("%s", (_name, one, expected) => {
  expect(visibleTo(ada, one)).toEqual(expected);
  expect(visibleTo(root, one)).toBe("yes");
});

test.each<[string, LiveEvent, Visibility]>([
  ["a scan of a dataset within the limits", event("scan.indexed", "brains"), "yes"],
  ["a scan of another dataset", event("scan.indexed", "recent"), "no"],
  [
    "an own run, of which it is to be asked",
    event("run.started", null, { owner: "ada", run: "7" }),
    { askAboutRun: "7" },
  ],
  ["an own document outside of them", event("pipeline.applied", null, { owner: "ada", document: "main" }), "no"],
  [
    "an own grant within them",
    event("grant.changed", "brains", { principal: "ada", kind: "dataset", resource: "brains" }),
    "yes",
  ],
  [
    "an own grant outside of them",
    event("grant.changed", null, { principal: "ada", kind: "analysis", resource: "mask" }),
    "no",
  ],
  [
    "everyone's grant outside of them",
    event("grant.changed", null, { principal: "everyone", kind: "query", resource: "q" }),
    "no",
  ],
])("through a token that is limited to a dataset: %s", (_name, one, expected) => {
  expect(visibleTo(limited, one)).toEqual(expected);
});
