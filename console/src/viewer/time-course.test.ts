import { expect, test } from "vitest";
import { type Series, timeCourseAt } from "./time-course.ts";

/** Two by two by one voxels, three volumes; the first axis of the file runs to the left. */
const series: Series = {
  voxels: [1, 2, 3, 4, 11, 12, 13, 14, 21, 22, 23, 24],
  volumeVoxels: 4,
  volumes: 3,
  start: [1, 0, 0],
  step: [-1, 2, 4],
  slope: 0,
  intercept: 0,
};

test.each([
  [
    [0, 0, 0],
    [2, 12, 22],
  ],
  [
    [1, 0, 0],
    [1, 11, 21],
  ],
  [
    [0.4, 1.2, 0],
    [4, 14, 24],
  ],
  [[0, 9, 0], []],
  [[-5, 0, 0], []],
  [[], []],
])("at %j are %j", (place, values) => {
  expect(timeCourseAt(series, place)).toEqual(values);
});

test("values are scaled as the header says", () => {
  expect(timeCourseAt({ ...series, slope: 2, intercept: 0.5 }, [1, 0, 0])).toEqual([2.5, 22.5, 42.5]);
});
