import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { createGate } from "./gate.ts";

test("no more runs at once than there is room for, and in order", async () => {
  const gate = createGate({ cpu: 2, memory: 100 });
  const order: number[] = [];
  let [running, most] = [0, 0];
  await Promise.all(
    [1, 2, 3, 4, 5].map((number) =>
      gate.run({ cpu: 1, memory: 10 }, async () => {
        order.push(number);
        running += 1;
        most = Math.max(most, running);
        await sleep(5);
        running -= 1;
      }),
    ),
  );
  expect(order).toEqual([1, 2, 3, 4, 5]);
  expect(most).toBe(2);
});

test("one that is larger than the machine runs alone", async () => {
  const gate = createGate({ cpu: 1, memory: 10 });
  let running = 0;
  const work = async (): Promise<number> => {
    running += 1;
    const seen = running;
    await sleep(5);
    running -= 1;
    return seen;
  };
  expect(await Promise.all([gate.run({ cpu: 9, memory: 99 }, work), gate.run({ cpu: 1, memory: 1 }, work)])).toEqual([
    1, 1,
  ]);
});

test("a failure gives its room back", async () => {
  const gate = createGate({ cpu: 1, memory: 10 });
  await expect(gate.run({ cpu: 1, memory: 1 }, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
  expect(await gate.run({ cpu: 1, memory: 1 }, async () => "yes")).toBe("yes");
});
