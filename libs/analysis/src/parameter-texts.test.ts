import { expect, test } from "vitest";
import { manifestFrom } from "./manifest-from.ts";
import { parametersOfTexts } from "./parameter-texts.ts";

const manifest = manifestFrom({
  name: "taker",
  version: "1.0.0",
  process: ["node", "main.js"],
  level: "scan",
  inputs: { t1w: { suffix: "T1w", extension: ".nii.gz" } },
  outputs: { out: { name: "{entities}_out.json" } },
  parameters: {
    $defs: { ratio: { type: "number", minimum: 0 } },
    properties: {
      text: { type: "string" },
      count: { type: "integer" },
      number: { type: "number" },
      flag: { type: "boolean" },
      list: { type: "array", items: { type: "integer" } },
      map: { type: "object" },
      either: { type: ["number", "string"] },
      maybe: { type: ["number", "null"] },
      auto: { anyOf: [{ type: "number" }, { enum: ["auto"] }] },
      size: { enum: [1, 2, "big"] },
      ratio: { $ref: "#/$defs/ratio" },
      open: {},
      openNumber: { default: 5 },
      openList: { default: [1] },
      "a/b~c": { type: "number" },
    },
  },
});

const read = (name: string, text: string, json = false) => parametersOfTexts(manifest, [{ name, text, json }]);

test.each<[string, string, unknown]>([
  ["text", "01", "01"],
  ["text", "1e3", "1e3"],
  ["text", "12e4567", "12e4567"],
  ["text", "true", "true"],
  ["text", "null", "null"],
  ["text", '{"a":1}', '{"a":1}'],
  ["text", "", ""],
  ["text", '"quoted"', '"quoted"'],
  ["text", "9007199254740993", "9007199254740993"],
  ["count", "7", 7],
  ["count", "1e3", 1000],
  ["count", "-0", -0],
  ["number", "1.10", 1.1],
  ["number", "1e300", 1e300],
  ["flag", "true", true],
  ["list", "[1,2]", [1, 2]],
  ["map", '{"a":"01"}', { a: "01" }],
  ["either", "1.10", "1.10"],
  ["maybe", "null", null],
  ["maybe", "0.5", 0.5],
  ["auto", "auto", "auto"],
  ["auto", "2", 2],
  ["size", "1", 1],
  ["size", "big", "big"],
  ["ratio", "0.5", 0.5],
  ["open", "1.10", "1.10"],
  ["open", "[1,2]", "[1,2]"],
  ["openNumber", "6", 6],
  ["openList", "[2]", [2]],
  ["a/b~c", "1", 1],
  ["unknown", "1", "1"],
])("%s=%s is what the schema means", (name, text, expected) => {
  expect(read(name, text)[name]).toStrictEqual(expected);
});

test.each([
  ["count", "01", 'must be integer, and "01" is not'],
  ["count", "1.5", 'must be integer, and "1.5" is not'],
  ["count", "", 'must be integer, and "" is not'],
  [
    "count",
    "9007199254740993",
    "9007199254740993 has more digits than a number can hold (it would become 9007199254740992)",
  ],
  ["number", "1e400", "1e400 is not a number that a program can hold"],
  ["number", "1e-400", "1e-400 has more digits than a number can hold (it would become 0)"],
  ["number", "0x10", 'must be number, and "0x10" is not'],
  ["number", '"5"', "must be number"],
  ["flag", "yes", 'must be boolean, and "yes" is not'],
  ["list", "[1,9007199254740993]", "9007199254740993 has more digits"],
  ["size", "3", 'must be equal to one of the allowed values: [1,2,"big"]'],
  ["ratio", "-1", "must be >= 0"],
  ["openNumber", "six", "must be number, as its default is"],
])("%s=%s is refused: %s", (name, text, message) => {
  expect(() => read(name, text)).toThrow(message);
});

test("JSON is read as JSON where the schema would take a text, too", () => {
  expect(read("either", "1.5", true)).toEqual({ either: 1.5 });
  expect(read("open", "[1]", true)).toEqual({ open: [1] });
  expect(() => read("text", "x", true)).toThrow('must be JSON, and "x" is not');
});

test("a name that objects inherit is a name like any other", () => {
  expect(Object.keys(read("__proto__", "1"))).toEqual(["__proto__"]);
});
