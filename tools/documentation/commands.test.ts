import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Command, CommanderError } from "commander";
import { expect, test } from "vitest";
import { z } from "zod";
import { unusedProgram } from "../../libs/cli/src/reference-text.ts";
import { type Page, pages, repository } from "./pages.ts";
import { commandsOf, rollerbladeArguments } from "./shell.ts";

/** Parses the arguments of `rollerblade` with the command line's own program, which runs nothing; the fault, or null. */
const faultOf = (args: readonly string[], isMention: boolean): string | null => {
  const program = unusedProgram();
  for (const command of withChildren(program))
    command.exitOverride().configureOutput({ writeOut: () => {}, writeErr: () => {} });
  for (const command of withChildren(program)) if (command.commands.length === 0) command.action(() => {});
  try {
    program.parse([...args], { from: "user" });
    return null;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // Text may name a command without its arguments, and a group of commands by its name.
    if (
      isMention &&
      /missing(Mandatory|Argument)|commander\.(help|missingArgument|missingMandatoryOptionValue)/.test(error.code)
    )
      return null;
    return error.code === "commander.helpDisplayed" || error.code === "commander.version" ? null : error.message;
  }
};

const withChildren = (command: Command): readonly Command[] => [command, ...command.commands.flatMap(withChildren)];

const scripts = z
  .object({ scripts: z.record(z.string(), z.string()) })
  .parse(JSON.parse(readFileSync(join(repository, "package.json"), "utf8"))).scripts;

/** Faults of one command of a shell. */
const check = (words: readonly string[], isMention: boolean): readonly string[] => {
  const args = rollerbladeArguments(words);
  if (args !== null) {
    const fault = faultOf(
      args.filter((word) => word !== "…"),
      isMention,
    );
    return fault === null ? [] : [`${words.join(" ")}: ${fault}`];
  }
  const [program = "", first = "", second = ""] = words;
  if (program === "npm") {
    const script =
      first === "test" ? "test" : first === "run" ? words.slice(2).find((word) => !word.startsWith("-")) : undefined;
    if (script !== undefined && scripts[script] === undefined)
      return [`${words.join(" ")}: package.json has no script ${script}`];
  }
  const started = ["node", "bash", "sh"].includes(program) ? first : program;
  if (/^(\.\/|\.ci\/|[a-z0-9-]+\/)[\w./-]+$/.test(started) && !existsSync(join(repository, started)))
    return [`${words.join(" ")}: there is no ${started}`];
  if (program === "kubectl" && first === "apply" && second === "-k" && !existsSync(join(repository, words[3] ?? "")))
    return [`${words.join(" ")}: there is no ${words[3]}`];
  return [];
};

const inBlocks = (page: Page): readonly string[] =>
  page.blocks
    .filter(({ language }) => ["sh", "bash", "console", "shell"].includes(language))
    .flatMap(({ text, line }) =>
      commandsOf(text)
        .flatMap((words) => check(words, false))
        .map((fault) => `block at line ${line}: ${fault}`),
    );

/** Single commands between backticks: they may leave out arguments and end with an ellipsis. */
const inText = (page: Page): readonly string[] =>
  page.inline
    .filter(({ text }) => /^(npx )?rollerblade |^npm (run|test)|^node [a-z]+\//.test(text))
    .flatMap(({ text, line }) =>
      commandsOf(text.replaceAll("…", ""))
        .flatMap((words) => check(words, true))
        .map((fault) => `line ${line}: ${fault}`),
    );

test.each(pages.map((page) => [page.file, page] as const))("commands of %s are understood", (_file, page) => {
  expect([...inBlocks(page), ...inText(page)]).toEqual([]);
});

test("a command that does not exist, an unknown option and a missing argument are found", () => {
  expect(faultOf(["results", "list", "--dataset", "colin-mini"], false)).toMatch(/too many arguments|unknown command/);
  expect(faultOf(["dataset", "check", "--no-such"], false)).toMatch(/unknown option|missing required argument/);
  expect(faultOf(["dataset", "check"], false)).toMatch(/missing required argument/);
  expect(faultOf(["dataset", "check"], true)).toBeNull();
  expect(faultOf(["dataset", "inspect"], true)).toMatch(/unknown command/);
  expect(check(["npm", "run", "no-such-script"], false)).toHaveLength(1);
});
