import { describe, expect, test } from "vitest";
import { findInexactInteger, quoteInexactIntegers } from "./exact-json.ts";
import { readJsonObject } from "./read-json.ts";

describe("whole numbers beyond 2^53 keep their digits, as text", () => {
  test.each([
    ["12345678901234567890", "12345678901234567890"],
    ["-12345678901234567890", "-12345678901234567890"],
    ["9007199254740993", "9007199254740993"],
    ["9007199254740991", 9007199254740991],
    ["0.12345678901234567890", Number("0.12345678901234567890")],
    ["1e20", 1e20],
    ['"12345678901234567890"', "12345678901234567890"],
    ['"\\"12345678901234567890"', '"12345678901234567890'],
  ])("%s", (written, value) => {
    expect(readJsonObject("x.json", `{"a": ${written}, "b": {"12345678901234567890": [${written}]}}`).value).toEqual({
      a: value,
      b: { "12345678901234567890": [value] },
    });
  });

  test("text that is not JSON does not become JSON", () => {
    expect(() => JSON.parse(quoteInexactIntegers("{12345678901234567890}"))).toThrow(SyntaxError);
    expect(() => JSON.parse(quoteInexactIntegers('{"a": 012345678901234567890 1}'))).toThrow(SyntaxError);
  });

  test("the first one is found", () => {
    expect(findInexactInteger('{"a": "99999999999999999", "b": [1, 99999999999999999]}')).toBe("99999999999999999");
    expect(findInexactInteger('{"a": 1234567890.1234567890123456}')).toBeNull();
  });
});
