import { RE2JS } from "re2js";
import { expect, test } from "vitest";
import { minStatesOf } from "./pattern-states.ts";

const patterns = [
  ...[
    "",
    "a",
    "abc",
    "^abc$",
    "a|b",
    "[abc]x",
    "[]a]b",
    "[^]a]b",
    "\\d+",
    "\\p{Lu}{3}",
    "\\x{41}b",
    "(a)(b)",
    "(?:ab)*c",
    "(?i)abc",
  ],
  ...[
    "a{3}",
    "a{2,5}",
    "a{2,}",
    "(ab){7}",
    "((ab){7}c){9}",
    "(a{9}b){100}",
    "a{0}",
    "(?P<n>ab){4}",
    "[[:alpha:]]{20}",
    "a+?b??",
  ],
  ...[
    "a\\{3}",
    "a{x",
    "\\Qa{9}\\E",
    "x*y+z?",
    "(a|b|cd){50}",
    "[a-z\\]]{8}",
    "^(a+)+$",
    "(|a){30}",
    "(?:){100}",
    "\\bword\\b",
  ],
];

test.each(patterns)("the estimate of %j is not beyond what RE2 compiles to", (pattern) => {
  expect(minStatesOf(pattern)).toBeLessThanOrEqual(RE2JS.compile(pattern).programSize());
});

test("repetitions multiply, at once", () => {
  expect(minStatesOf("(a{9}b){100}")).toBe(1_000);
  expect(minStatesOf(`(${"a".repeat(400)}){1000}`)).toBe(400_000);
  expect(minStatesOf("a{999}".repeat(80))).toBe(79_920);
});
