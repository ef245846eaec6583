import { expect, test } from "vitest";
import { readBValues } from "./b-values.ts";

test.each([
  ["0 1000 1000.5\n", [0, 1000, 1000.5]],
  ["0\t1e3\r\n5", [0, 1000, 5]],
  ["0 n/a 1000", null],
  ["0,1000", null],
  [" \n", null],
])("the b-values of %j are %j", (text, bvalues) => {
  expect(readBValues(new TextEncoder().encode(text))).toEqual(bvalues === null ? null : { bvalues });
});
