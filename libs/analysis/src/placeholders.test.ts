import { expect, test } from "vitest";
import { faultsOfCommand, faultsOfNeutral, substitute } from "./placeholders.ts";

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

const fixed = {
  bids: "/in/bids",
  work: "/tmp",
  cpus: "4",
  "memory.mb": "2048",
  "memory.gb": "2",
  "slice.subject": "01",
  "slice.session": null,
};

test.each<[string, (string | string[])[], Record<string, string | number | boolean | null | string[]>, string[]]>([
  ["a value", [["--fd", "{param.fd}"]], { fd: 0.5 }, ["--fd", "0.5"]],
  ["no value", ["x", ["--fd", "{param.fd}"]], {}, ["x"]],
  ["null", [["--fd", "{param.fd}"]], { fd: null }, []],
  ["a flag that is set", [["--aroma", "{param.aroma?}"]], { aroma: true }, ["--aroma"]],
  ["a flag that is not", [["--aroma", "{param.aroma?}"]], { aroma: false }, []],
  ["items", [["--spaces", "{param.spaces...}"]], { spaces: ["T1w", "fsnative"] }, ["--spaces", "T1w", "fsnative"]],
  ["no items", [["--spaces", "{param.spaces...}"]], { spaces: [] }, []],
  ["items with a separator", [["--spaces={param.spaces...,}"]], { spaces: ["a", "b"] }, ["--spaces=a,b"]],
  [
    "the slice's labels",
    ["{bids}", ["--participant-label", "{slice.subject}"], ["--session-label", "{slice.session}"]],
    {},
    ["/in/bids", "--participant-label", "01"],
  ],
  [
    "resources",
    ["-w", "{work}", "--nprocs", "{cpus}", "--mem", "{memory.mb}"],
    {},
    ["-w", "/tmp", "--nprocs", "4", "--mem", "2048"],
  ],
  ["an input that is not there", [["--mask", "{in.mask}"]], {}, []],
])("a list of arguments with %s", (_, argv, parameters, expected) => {
  expect(substitute(argv, { ...paths, in: { ...paths.in, mask: "" }, fixed }, parameters)).toEqual(expected);
});

test.each<[(string | string[])[], RegExp | null]>([
  [[["--fd", "{param.fd}"]], null],
  [["--fd", "{param.fd}"], /\{param\.fd\} in "\{param\.fd\}" may have no value: put it into a list/],
  [["{param.sure?}"], /is for a list of arguments/],
  [[["--x={param.fd...}"]], /must be an argument of its own/],
  [["{bids}"], /is for `layout: bids` only/],
  [[["{param.typo}"]], /unknown placeholder \{param\.typo\}/],
])("the placeholders of %j are checked", (argv, fault) => {
  const faults = faultsOfCommand(argv, { in: [], out: [], asset: [], param: ["sure"], optional: ["sure", "fd"] });
  if (fault === null) return expect(faults).toEqual([]);
  expect(faults.join()).toMatch(fault);
});

test("arguments that are no part of the key can name resources, and nothing that a result could hang on", () => {
  expect(faultsOfNeutral(["--nprocs", "{cpus}", ["-w", "{work}"], "--notrack"])).toEqual([]);
  expect(faultsOfNeutral(["{param.x}"])).toHaveLength(1);
  expect(faultsOfNeutral(["{slice.subject}"])).toHaveLength(1);
});
