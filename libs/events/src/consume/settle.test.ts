import { expect, test } from "vitest";
import { permanent, retryable } from "./failure.ts";
import { nextStep, toleratedFailures } from "./settle.ts";

const part = (...ids: readonly string[]) => ids.map((id) => ({ event: { id } }));

const few = { failuresInRow: 1, tolerated: 8 };
const many = { failuresInRow: 9, tolerated: 8 };
const vague = retryable("no");

test.each([
  ["a single event is at fault", part("a"), vague, few, part("a"), []],
  ["a single event is at fault, however many failed before", part("a"), vague, many, part("a"), []],
  ["a part is halved, the larger half first", part("a", "b", "c"), vague, few, [], [part("a", "b"), part("c")]],
  [
    "the event that the failure names is set aside, and the others are handled",
    part("a", "b", "c"),
    permanent("no", { event: { id: "b" } }),
    few,
    part("b"),
    [part("a", "c")],
  ],
  [
    "a named event is set aside even after many failures",
    part("a", "b"),
    retryable("no", { event: { id: "a" } }),
    many,
    part("a"),
    [part("b")],
  ],
  [
    "a failure that names an event of another part is looked for by halving",
    part("a", "b"),
    permanent("no", { event: { id: "z" } }),
    few,
    [],
    [part("a"), part("b")],
  ],
  ["after too many failures in a row everything has failed", part("a", "b", "c"), vague, many, part("a", "b", "c"), []],
  ["a permanent failure is pursued to its event", part("a", "b"), permanent("no"), many, [], [part("a"), part("b")]],
])("%s", (_sentence, failing, failure, progress, failed, next) => {
  expect(nextStep(failing, failure, progress)).toEqual({ failed, next });
});

test("one poisoned event in a batch of any size is found before too many failures", () => {
  for (const size of [1, 2, 3, 7, 100, 500]) {
    for (const poisoned of [0, Math.floor(size / 2), size - 1]) {
      const ids = Array.from({ length: size }, (_, index) => String(index));
      const parts = [part(...ids)];
      const handled: string[] = [];
      const failed: string[] = [];
      let failuresInRow = 0;
      for (let one = parts.shift(); one !== undefined; one = parts.shift()) {
        const some = one.map(({ event }) => event.id);
        if (!some.includes(String(poisoned))) {
          failuresInRow = 0;
          handled.push(...some);
          continue;
        }
        failuresInRow += 1;
        const step = nextStep(one, vague, { failuresInRow, tolerated: toleratedFailures(size) });
        failed.push(...step.failed.map(({ event }) => event.id));
        parts.unshift(...step.next.map((each) => [...each]));
      }
      expect(failed).toEqual([String(poisoned)]);
      expect(handled).toHaveLength(size - 1);
    }
  }
});
