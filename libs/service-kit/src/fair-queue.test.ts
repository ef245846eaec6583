import { expect, test } from "vitest";
import { createFairQueue } from "./fair-queue.ts";

/** A work that ends when it is told to. */
const works = (begun: string[]) => {
  const ends = new Map<string, () => void>();
  const work = (name: string) => () => {
    begun.push(name);
    return new Promise<string>((resolve) => ends.set(name, () => resolve(name)));
  };
  return { work, end: (name: string) => ends.get(name)?.() };
};

const limits = { maxRunning: 3, maxRunningPerPerson: 2, maxWaitingPerPerson: 4 };

test("one person's many questions leave a place for another's one, and people take turns", async () => {
  const queue = createFairQueue(limits);
  const begun: string[] = [];
  const { work, end } = works(begun);
  const asked = ["bob1", "bob2", "bob3", "bob4"].map((name) => queue.run("bob", work(name)));
  asked.push(
    queue.run("alice", work("alice1")),
    queue.run("alice", work("alice2")),
    queue.run("carol", work("carol1")),
  );
  await expect.poll(() => begun).toEqual(["bob1", "bob2", "alice1"]);
  for (const name of ["bob1", "alice1", "bob2", "carol1", "alice2", "bob3", "bob4"]) {
    await expect.poll(() => begun).toContain(name);
    end(name);
  }
  expect(await Promise.all(asked)).toHaveLength(7);
  expect(begun.indexOf("carol1")).toBeLessThan(begun.indexOf("bob4"));
  expect(begun.indexOf("alice2")).toBeLessThan(begun.indexOf("bob4"));
});

test("more than may wait are refused, and what fails makes room", async () => {
  const queue = createFairQueue({ maxRunning: 1, maxRunningPerPerson: 1, maxWaitingPerPerson: 1 });
  const begun: string[] = [];
  const { work, end } = works(begun);
  const first = queue.run("bob", work("one"));
  const second = queue.run("bob", () => Promise.reject(new Error("no")));
  await expect(queue.run("bob", work("three"))).rejects.toMatchObject({ code: "too-many-requests" });
  await expect.poll(() => begun).toEqual(["one"]);
  end("one");
  await first;
  await expect(second).rejects.toThrow("no");
  const last = queue.run("bob", work("four"));
  await expect.poll(() => begun).toEqual(["one", "four"]);
  end("four");
  expect(await last).toBe("four");
});
