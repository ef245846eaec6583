import { expect, test } from "vitest";
import { chooseFitting, inFairOrder, type QueuedExecution } from "./choose-fitting.ts";

const one = (id: string, changes: Partial<QueuedExecution> = {}): QueuedExecution => ({
  id,
  analysis: "mask",
  version: "1.0.0",
  rank: 1,
  owner: "ada",
  place: 0,
  enqueued: 0,
  cpu: 1,
  memory: 100,
  alone: false,
  ...changes,
});

const ids = (candidates: readonly QueuedExecution[]): string => candidates.map(({ id }) => id).join(" ");

test("interactive work goes before a pipeline's, and that before back-fills", () => {
  expect(ids(inFairOrder([one("back", { rank: 2 }), one("pipe"), one("me", { rank: 0 })], new Map()))).toBe(
    "me pipe back",
  );
});

test("owners take turns, however much one of them has queued", () => {
  const ada = [0, 1, 2].map((place) => one(`a${place}`, { place, enqueued: place }));
  const bob = [0, 1].map((place) => one(`b${place}`, { owner: "bob", place, enqueued: 10 + place }));
  expect(ids(inFairOrder([...ada, ...bob], new Map()))).toBe("a0 b0 a1 b1 a2");
});

test("whoever has less running goes first", () => {
  const queue = [one("a0"), one("b0", { owner: "bob", enqueued: 1 })];
  expect(ids(inFairOrder(queue, new Map([["ada", { running: 2, turn: 0 }]])))).toBe("b0 a0");
});

test("among equals whoever waited longest for a turn goes first, so that one place is shared, too", () => {
  const queue = [one("a0"), one("b0", { owner: "bob", enqueued: 1 })];
  const served = (ada: number, bob: number) =>
    new Map([
      ["ada", { running: 0, turn: ada }],
      ["bob", { running: 0, turn: bob }],
    ]);
  expect(ids(inFairOrder(queue, served(7, 0)))).toBe("b0 a0");
  expect(ids(inFairOrder(queue, served(7, 9)))).toBe("a0 b0");
});

test.each<[string, Partial<QueuedExecution>[], { cpu: number; memory: number }, string]>([
  ["all that fits", [{}, {}], { cpu: 0, memory: 0 }, "0 1"],
  ["only what cores allow", [{}, {}, {}], { cpu: 1, memory: 0 }, "0"],
  ["only what memory allows", [{}, { memory: 200 }], { cpu: 0, memory: 150 }, "0"],
  ["nothing past one that does not fit", [{ cpu: 2 }, {}], { cpu: 1, memory: 0 }, ""],
  ["one larger than the machine, when it is alone", [{ cpu: 8, memory: 9000 }], { cpu: 0, memory: 0 }, "0"],
  ["nothing beside one that is to be alone", [{ alone: true, cpu: 0.1 }, {}], { cpu: 0, memory: 0 }, "0"],
  ["none that is to be alone beside another", [{ alone: true, cpu: 0.1 }, {}], { cpu: 0.1, memory: 0 }, ""],
  ["no large one beside another", [{ cpu: 8 }], { cpu: 1, memory: 0 }, ""],
  [
    "ten tenths of a core",
    Array.from({ length: 21 }, () => ({ cpu: 0.1, memory: 1 })),
    { cpu: 1, memory: 0 },
    "0 1 2 3 4 5 6 7 8 9",
  ],
])("takes %s", (_, needs, used, expected) => {
  const queue = needs.map((need, index) => one(String(index), need));
  expect(ids(chooseFitting(queue, { cpu: 2, memory: 300 }, used))).toBe(expected);
});

test("short ones are taken ahead of their room, and nothing behind one that may be long", () => {
  const queue = ["s0", "s1", "s2", "s3", "long", "s4"].map((id) =>
    one(id, { analysis: id === "long" ? "long" : "short" }),
  );
  const ahead = ({ analysis }: QueuedExecution): number => (analysis === "long" ? 0 : 4);
  expect(ids(chooseFitting(queue, { cpu: 2, memory: 1000 }, { cpu: 0, memory: 0 }, ahead))).toBe("s0 s1 s2 s3");
  expect(ids(chooseFitting(queue.slice(4), { cpu: 2, memory: 1000 }, { cpu: 0, memory: 0 }, ahead))).toBe("long s4");
});
