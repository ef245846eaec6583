import { expect, test } from "vitest";
import { unusedProgram } from "../reference-text.ts";
import { complete } from "./complete.ts";
import { completionScript } from "./script.ts";
import { shells } from "./shells.ts";

const program = unusedProgram();
const fields = async (prefix: string) => ["subject.age", "subject.sex"].filter((name) => name.startsWith(prefix));

test.each([
  [["quer"], ["query"]],
  [["query", "subject.a"], ["subject.age"]],
  [["query", 'scan.suffix == "T1w" && subject.s'], ['scan.suffix == "T1w" && subject.sex']],
  [["query", "me"], ["metadata."]],
  [["query", "--exp"], ["--explain"]],
  [["query", "--level", "se"], ["session"]],
  [["query", "dif"], ["diff"]],
  [["run", "brain-mask", "--query", "subject.ag"], ["subject.age"]],
])("%j is completed", async (words, found) => {
  expect(await complete(program, words, fields)).toEqual(found);
});

test.each(shells)("the script for %s calls the program itself", (shell) => {
  expect(completionScript(shell)).toContain("rollerblade complete --");
});
