import { Problem } from "@rollerblade/errors";
import { expect, test } from "vitest";
import { queryFields } from "./check/fields.ts";
import { compileExpression } from "./expression.ts";

/** So many walks within each other. */
function walks(depth: number): string {
  const names = Array.from({ length: depth }, (_, index) => `e${index}`);
  return names.reduceRight((body, name) => `metadata.x.exists(${name}, ${body})`, `${names.join(" + ")} < 0.0`);
}

const refusal = (source: string): string => {
  try {
    compileExpression(source, queryFields);
    return "accepted";
  } catch (error) {
    return error instanceof Problem && error.code === "invalid" ? error.message : `thrown: ${String(error)}`;
  }
};

const terms = (count: number): string => Array.from({ length: count }, () => "1==1").join("||");
const nested = (depth: number, inner: string): string => `${"(".repeat(depth)}${inner}${")".repeat(depth)}`;

test.each<[what: string, source: string, message: string]>([
  ["ten thousand terms", terms(10_000), "at most 4096 characters"],
  ["two thousand parts", terms(680), "at most 2000 parts"],
  ["a list of ten thousand", `scan.suffix in [${Array(10_000).fill('"a"').join(",")}]`, "at most 4096 characters"],
  ["a list of more than a thousand", `file.size in [${Array(1_100).fill("1").join(",")}]`, "1000 values in a list"],
  ["parentheses without end", nested(2_000, "true"), "at most 64 parts within each other"],
  ["conditionals without end", `${"true ? ".repeat(200)}true${" : true".repeat(200)}`, "64 parts within each other"],
  ["negations without end", `${"!".repeat(3_000)}true`, "at most 2000 parts"],
  ["a long pattern", `scan.path.matches("${"a".repeat(201)}")`, "at most 200 characters"],
  ["repetitions of repetitions", 'scan.path.matches("((a{99}){99}){99}")', "too many states"],
  ["a NUL", 'scan.suffix == "a\\u0000"', "characters that no field can hold"],
  ["half a surrogate pair", 'scan.suffix == "\ud800"', "characters that no field can hold"],
  ["lists within lists within lists", walks(3), "walks through lists within lists too often"],
  [
    "many lists within lists",
    Array(4)
      .fill(`(${walks(2)})`)
      .join(" || "),
    "walks through lists within lists too often",
  ],
  ["a number beyond all bounds", "file.size < 1e400", "Invalid number"],
  ["a whole number that is not exact", "file.size < 9007199254740993", "beyond 2^53"],
])("%s is refused, with a reason", (_, source, message) => {
  expect(refusal(source)).toContain(message);
});

test("what is just within the limits is compiled", () => {
  expect(refusal(walks(2))).toBe("accepted");
  expect(
    refusal(
      Array(20)
        .fill(`(${walks(1)})`)
        .join(" || "),
    ),
  ).toBe("accepted");
  expect(refusal(`file.size in [${Array(1_000).fill("1").join(",")}]`)).toBe("accepted");
  expect(refusal('scan.path.matches("(a+)+(b|c)*$")')).toBe("accepted");
});

test("an evaluation that takes too many steps is unknown, and names the list", () => {
  const list = Array.from({ length: 2_000 }, () => 1);
  const { evaluate } = compileExpression(walks(2), queryFields);
  const started = performance.now();
  expect(evaluate({ metadata: { x: list } })).toEqual({ unknown: ["metadata.x"] });
  // Four million steps take longer.
  expect(performance.now() - started).toBeLessThan(2_000);
  expect(evaluate({ metadata: { x: [1, 2, -3] } })).toEqual({ value: true });
});
