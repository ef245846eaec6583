import { expect, test } from "vitest";
import { substitute } from "./placeholders.ts";

const paths = { in: { t1w: "/in/t1w.nii.gz" }, out: { mask: "/out/mask.nii.gz" } };

test.each<[string, string[], Record<string, string | number | boolean | string[]>, string[]]>([
  [
    "paths and parameters",
    ["node", "{in.t1w}", "{out.mask}", "{param.x}"],
    { x: 0.5 },
    ["node", "/in/t1w.nii.gz", "/out/mask.nii.gz", "0.5"],
  ],
  ["a placeholder within an argument", ["--x={param.x}!"], { x: true }, ["--x=true!"]],
  [
    "a value with spaces, quotes and a command",
    ["{param.x}"],
    { x: `a b"; rm -rf / $(id) '` },
    [`a b"; rm -rf / $(id) '`],
  ],
  ["a value that looks like a placeholder", ["{param.x}{in.t1w}"], { x: "{out.mask}" }, ["{out.mask}/in/t1w.nii.gz"]],
  ["a value with replacement patterns", ["{param.x}"], { x: "$& $1" }, ["$& $1"]],
  ["doubled braces", ["{{in.t1w}}"], {}, ["{in.t1w}"]],
  ["a list", ["{param.x}"], { x: ["a", "b"] }, ['["a","b"]']],
])("%s becomes exactly one argument each", (_, argv, parameters, expected) => {
  expect(substitute(argv, paths, parameters)).toEqual(expected);
});

test.each([{ x: "a\0b" }, {}])("a value that no argument can hold is refused: %j", (parameters) => {
  expect(() => substitute(["{param.x}"], paths, parameters)).toThrow(/\{param\.x\}/);
});

test("names of the prototype are not parameters", () => {
  expect(() => substitute(["{param.constructor}"], paths, {})).toThrow(/has no value/);
});
