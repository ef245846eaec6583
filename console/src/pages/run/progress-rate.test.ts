import { expect, test } from "vitest";
import { durationText, type ProgressSample, ratePerSecond, rateText, withSample } from "./progress-rate.ts";

const samplesOf = (...ended: readonly number[]): readonly ProgressSample[] =>
  ended.reduce<readonly ProgressSample[]>((all, value, at) => withSample(all, { atMs: at * 10_000, ended: value }), []);

test.each([
  ["steady", [0, 10, 20, 30], 1],
  ["not begun", [0, 0, 0], null],
  ["one look", [5], null],
  ["slow: the first look is kept beyond the window", Array.from({ length: 31 }, (_, at) => (at === 30 ? 3 : 0)), null],
  ["retried: what had ended before does not count", [0, 50, 20, 30], 1],
])("the rate of a run that is %s", (_, ended, expected) => {
  const rate = ratePerSecond(samplesOf(...ended));
  if (expected === null) expect(rate === null || rate < 0.1).toBe(true);
  else expect(rate).toBeCloseTo(expected, 5);
});

test.each([
  [12.34, "12.3 a second"],
  [0.05, "3.0 a minute"],
  [0.001, "3.6 an hour"],
])("%d in words", (rate, text) => expect(rateText(rate)).toBe(text));

test.each([
  [42, "42 s"],
  [150, "3 min"],
  [5_400, "1 h 30 min"],
  [400_000, "5 days"],
])("%d seconds in words", (seconds, text) => expect(durationText(seconds)).toBe(text));
