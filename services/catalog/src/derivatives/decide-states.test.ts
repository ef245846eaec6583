import { expect, test } from "vitest";
import { type Announced, decideStates, type Holder, nameOf } from "./decide-states.ts";

const one = (id: string, sequence: number, rest: Partial<Announced> = {}): Announced => ({
  id,
  dataset: "d",
  path: "derivatives/a-1.0.0/x.nii.gz",
  sequence,
  inForce: true,
  orphaned: false,
  ...rest,
});
const held = (id: string, sequence: number): ReadonlyMap<string, Holder> =>
  new Map([[nameOf(one(id, sequence)), { id, sequence }]]);

test.each<[string, Announced[], ReadonlyMap<string, Holder>, Record<string, string>, Record<string, string>]>([
  ["the first one is in force", [one("a", 1)], new Map(), { a: "in-force" }, {}],
  ["a later decision takes the name", [one("b", 2)], held("a", 1), { b: "in-force" }, { a: "b" }],
  ["an earlier one that is received later does not", [one("a", 1)], held("b", 2), { a: "superseded" }, {}],
  [
    "of several at once the last one is in force",
    [one("c", 3), one("a", 1), one("b", 2)],
    new Map(),
    { a: "superseded", b: "superseded", c: "in-force" },
    {},
  ],
  [
    "one that its publisher only archived never is",
    [one("a", 5, { inForce: false })],
    new Map(),
    { a: "superseded" },
    {},
  ],
  [
    "one whose source is gone is withdrawn and takes no name",
    [one("b", 2, { orphaned: true })],
    held("a", 1),
    { b: "withdrawn" },
    {},
  ],
  ["other names are left alone", [one("b", 2, { path: "other" })], held("a", 1), { b: "in-force" }, {}],
  ["of the same sequence the younger id is in force", [one("b", 1)], held("a", 1), { b: "in-force" }, { a: "b" }],
])("%s", (_, announced, holders, states, superseded) => {
  const decided = decideStates(announced, holders);
  expect(Object.fromEntries([...decided.states].map(([id, { state }]) => [id, state]))).toEqual(states);
  expect(Object.fromEntries(decided.superseded)).toEqual(superseded);
});
