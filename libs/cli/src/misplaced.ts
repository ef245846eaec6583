import type { Command, CommanderError } from "commander";

/** Commands that a hint names. */
const maxNamed = 3;

/**
 * What was probably meant where a word stands at the wrong place: a command without the one that it belongs to, or an option before the
 * command that takes it; null where nothing is known.
 * @example misplaced(program, ["import", "ds001"], error) // Did you mean `rollerblade dataset import`?
 */
export const misplaced = (
  program: Command,
  words: readonly string[],
  error: Pick<CommanderError, "code" | "message">,
): string | null => {
  const word = /'(-*[^' ]+)/.exec(error.message)?.[1] ?? "";
  if (error.code === "commander.unknownCommand") return commandsCalled(program, word);
  if (error.code === "commander.unknownOption") return optionBehind(program, words, word);
  return null;
};

/** Where a command of this name is, one level further down. */
const commandsCalled = (program: Command, name: string): string | null => {
  const found = program.commands.flatMap((parent) =>
    parent.commands.flatMap((one) => (one.name() === name ? [`\`rollerblade ${parent.name()} ${name}\``] : [])),
  );
  if (found.length === 0 || found.length > maxNamed) return null;
  return `Did you mean ${found.join(" or ")}?`;
};

/** Options belong behind the command that takes them. */
const optionBehind = (program: Command, words: readonly string[], option: string): string | null => {
  const at = words.findIndex((word) => word === option || word.startsWith(`${option}=`));
  if (at < 0) return null;
  const path: string[] = [];
  let command = program;
  for (const word of words.filter((_, index) => index !== at)) {
    const next = command.commands.find((one) => one.name() === word);
    if (next === undefined) break;
    path.push(word);
    command = next;
  }
  const isKnown = command.options.some(({ long, short }) => long === option || short === option);
  return at < path.length && isKnown
    ? `Write ${option} behind the command: \`rollerblade ${path.join(" ")} … ${option}\`.`
    : null;
};
