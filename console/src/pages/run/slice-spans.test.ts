import { expect, test } from "vitest";
import { spansOf } from "./slice-spans.ts";

const at = (second: number): string => new Date(second * 1000).toISOString();
const attempt = (number: number, from: number, to: number | null) => ({
  number,
  startedAt: at(from),
  finishedAt: to === null ? null : at(to),
});
const shown = (spans: ReturnType<typeof spansOf>): string[] =>
  spans.map(({ name, from, to }) => `${name} ${from / 1000}-${to / 1000}`);

test("a slice is planned, queued, tried twice and published", () => {
  const history = { createdAt: at(11), finishedAt: at(40), attempts: [attempt(1, 15, 20), attempt(2, 30, 38)] };
  expect(shown(spansOf({ createdAt: at(10), finishedAt: at(41), history }, 99_000))).toEqual([
    ...["planned 10-11", "queued 11-15", "attempt 1 15-20", "waited 20-30", "attempt 2 30-38", "published 38-41"],
  ]);
});

test("an attempt that runs lasts until now, and nothing is published yet", () => {
  const history = { createdAt: at(11), finishedAt: null, attempts: [attempt(1, 15, null)] };
  expect(shown(spansOf({ createdAt: at(10), finishedAt: null, history }, 50_000))).toEqual([
    ...["planned 10-11", "queued 11-15", "attempt 1 15-50"],
  ]);
});

test("of work that was under way before, a slice has what came after its request", () => {
  const history = { createdAt: at(1), finishedAt: at(20), attempts: [attempt(1, 2, 18)] };
  expect(shown(spansOf({ createdAt: at(10), finishedAt: at(21), history }, 99_000))).toEqual([
    "attempt 1 10-18",
    "published 18-21",
  ]);
});

test("a slice that nothing was executed for was planned only", () => {
  expect(shown(spansOf({ createdAt: at(10), finishedAt: at(12), history: null }, 99_000))).toEqual(["planned 10-12"]);
});
