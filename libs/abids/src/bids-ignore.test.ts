import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readBidsIgnore } from "./bids-ignore.ts";

/** Files of a made tree: every name occurs at several levels, as file and as folder. */
const names = ["a", "ab", "b.c", "#x", "!x", "a b", "é", "a-b", "[z]", "B", "*"];
const paths = [
  ...names,
  ...names.flatMap((name) => [`d/${name}`, `d/e/${name}`, `a.d/${name}`, `d/a.d/e/${name}`, `foo/${name}`]),
  "foobar",
  "foo/x/bar",
];

const repository = mkdtempSync(join(tmpdir(), "rollerblade-ignore-"));
beforeAll(() => {
  execFileSync("git", ["init", "--quiet", repository]);
  for (const path of paths) {
    mkdirSync(dirname(join(repository, path)), { recursive: true });
    writeFileSync(join(repository, path), "");
  }
});
afterAll(() => rmSync(repository, { recursive: true, force: true }));

/** What git ignores of these paths. */
const ignoredByGit = (patterns: string): ReadonlySet<string> => {
  writeFileSync(join(repository, ".gitignore"), patterns);
  const answer = execFileSync(
    "sh",
    ["-c", "git -c core.excludesFile= -c core.ignoreCase=false check-ignore --no-index -z --stdin || test $? -eq 1"],
    { cwd: repository, input: paths.join("\0"), env: { PATH: process.env.PATH, HOME: repository } },
  );
  return new Set(answer.toString("utf8").split("\0").filter(Boolean));
};

const ignoredByUs = (patterns: string): ReadonlySet<string> => new Set(paths.filter(readBidsIgnore(patterns)));

test.each([
  ["comments and escapes", "#x\n\\#x\n\\!x\na\\ b\n"],
  ["blanks at the end", "a  \nab\\ \nb.c\t\n"],
  ["line ends of Windows, and a byte order mark", "\uFEFFa\r\nd/\r\n\r\n"],
  ["what lies in an excluded folder stays excluded", "d/\n!d/a\n!d/e/a\n"],
  ["what is taken back beside it", "d/*\n!d/a\n"],
  ["folders between stars", "d/**/\nd/**/a\n**/e\n"],
  ["stars after text", "foo**/bar\nd/a**\n"],
  ["classes", "[[:upper:]]\n[!a-b]\n[]z]\n[a\n[z-a]\n[[:nope:]]\n"],
  ["bytes of a letter", "?\n??\n"],
  ["slashes", "/a\nd/\n/\n//\nd//a\n\\/\n"],
  ["backslash at the end", "a\\\n"],
])("%s are read as git reads them", (_, patterns) => {
  expect(ignoredByUs(patterns)).toEqual(ignoredByGit(patterns));
});

const word = fc.constantFrom(
  ...[
    "a",
    "b",
    "c",
    "d",
    "e",
    "é",
    "x",
    "foo",
    "B",
    "-",
    ".",
    " ",
    "#",
    "!",
    "*",
    "**",
    "***",
    "?",
    "/",
    "/**/",
    "**/",
  ],
  ...["[", "]", "[a-c]", "[!a]", "[^b-]", "[]a]", "[[:alpha:]]", "[[:x:]]", "[:", "[\\]]", "\\", "\\*", "\\ ", "\t"],
);
const pattern = fc.array(word, { maxLength: 6 }).map((words) => words.join(""));
const file = fc
  .array(pattern, { minLength: 1, maxLength: 5 })
  .chain((lines) => fc.constantFrom("\n", "\r\n").map((end) => lines.join(end)));

test("random patterns are read as git reads them", () => {
  fc.assert(
    fc.property(file, (patterns) => {
      expect([...ignoredByUs(patterns)].sort()).toEqual([...ignoredByGit(patterns)].sort());
    }),
    { numRuns: Number(process.env.IGNORE_RUNS ?? 150) },
  );
}, 60_000);

test("a folder that counts as one file is excluded by a pattern for folders", () => {
  const ignore = readBidsIgnore("*.ds/\n");
  expect([ignore("sub-01/meg/sub-01_meg.ds/"), ignore("sub-01/meg/sub-01_meg.ds/x.res4"), ignore("x.ds")]).toEqual([
    true,
    true,
    false,
  ]);
});

test("a pattern of many stars takes no longer than its length", () => {
  const ignore = readBidsIgnore(`${"*a".repeat(100)}b\n${"**/".repeat(200)}x/y\n`);
  const started = performance.now();
  expect(ignore(`${"a/".repeat(100)}${"a".repeat(250)}`)).toBe(false);
  expect(performance.now() - started).toBeLessThan(2_000);
});
