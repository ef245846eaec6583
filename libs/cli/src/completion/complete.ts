import type { Command } from "commander";

/** Asks for the fields whose names begin so. */
export type FieldNames = (prefix: string) => Promise<readonly string[]>;

const namesOf = (command: Command): string[] =>
  command.commands.map((child) => child.name()).filter((name) => name !== "complete");

/** The command that the words lead to. */
const commandAt = (program: Command, words: readonly string[]): Command => {
  let at = program;
  for (const word of words) at = at.commands.find((child) => child.name() === word) ?? at;
  return at;
};

/** A field that is being written at the end of an expression, and what stands before it. */
const lastField = /^(.*?)((?:dataset|subject|session|scan|file|metadata|image|phenotype|has)\.[A-Za-z0-9_.]*|[a-z]*)$/s;

const groups = ["dataset.", "subject.", "session.", "scan.", "file.", "metadata.", "image."];

const fieldsAfter = async (word: string, fields: FieldNames): Promise<string[]> => {
  const [, before = "", begun = ""] = lastField.exec(word) ?? [];
  const names = begun.includes(".") ? await fields(begun) : groups.filter((group) => group.startsWith(begun));
  return names.map((name) => `${before}${name}`);
};

/** What may stand for the last of the words of a command line, `rollerblade` itself left out. */
export const complete = async (program: Command, words: readonly string[], fields: FieldNames): Promise<string[]> => {
  const last = words.at(-1) ?? "";
  const command = commandAt(program, words.slice(0, -1));
  const starting = (names: readonly string[]): string[] => names.filter((name) => name.startsWith(last));
  if (last.startsWith("-"))
    return starting([...command.options.flatMap(({ long }) => (long == null ? [] : [long])), "--help"]);
  const option = command.options.find(({ long }) => long === words.at(-2));
  if (option?.argChoices !== undefined) return starting(option.argChoices);
  const takesFields = ["query", "fields", "save", "diff"].includes(command.name()) || words.at(-2) === "--query";
  return [...starting(namesOf(command)), ...(takesFields ? await fieldsAfter(last, fields) : [])];
};
