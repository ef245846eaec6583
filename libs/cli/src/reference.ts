import type { Command } from "commander";
import { exitCodes } from "./exit-codes.ts";

/** The reference of all commands as Markdown, from the same words as `--help`; docs/reference/cli.md is this text. */
export const commandReference = (program: Command): string =>
  [
    introduction,
    "## Exit codes\n",
    "| code | meaning |\n| --- | --- |",
    `${Object.entries(exitCodes)
      .map(([code, meaning]) => `| ${code} | ${meaning} |`)
      .join("\n")}\n`,
    "## Commands\n",
    ...leavesOf(program, []).map(section),
  ].join("\n");

type Leaf = { readonly path: string; readonly command: Command };

const leavesOf = (command: Command, path: readonly string[]): Leaf[] => [
  // A command that does something by itself beside its children takes arguments.
  ...(command.commands.length === 0 || command.registeredArguments.length > 0
    ? [{ path: path.join(" "), command }]
    : []),
  ...command.commands
    .filter((child) => child.name() !== "complete")
    .flatMap((child) => leavesOf(child, [...path, child.name()])),
];

const section = ({ path, command }: Leaf): string =>
  [
    `### \`rollerblade ${path}\`\n`,
    `${command.description()}.\n`,
    "```text",
    `rollerblade ${path} ${command.usage()}`.trimEnd(),
    ...argumentsOf(command),
    ...optionsOf(command),
    "```\n",
    ...(examplesOf.get(command) === undefined ? [] : [`\`\`\`sh\n${examplesOf.get(command)}\n\`\`\`\n`]),
  ].join("\n");

const argumentsOf = (command: Command): string[] =>
  command.registeredArguments.flatMap((argument) =>
    argument.description === "" ? [] : [`  ${argument.name().padEnd(24)}${argument.description}`],
  );

const optionsOf = (command: Command): string[] =>
  command.options.map(({ flags, description, defaultValue, argChoices }) => {
    const notes = [
      ...(argChoices === undefined ? [] : [argChoices.join(" | ")]),
      ...(defaultValue === undefined || defaultValue === "" ? [] : [`default: ${defaultValue}`]),
    ];
    return `  ${flags.padEnd(24)}${description}${notes.length === 0 ? "" : ` (${notes.join("; ")})`}`;
  });

/** The examples of each command, as `examples()` was given them. */
export const examplesOf = new WeakMap<Command, string>();

const introduction = `# The command line

Results go to standard output, everything else (progress, hints, errors) to standard error. Reading commands take \`--json\` and then
print one JSON document. Where standard error is a terminal, long work is shown live, with counts, rate and time left; elsewhere it is a
line now and then, without colours. An error is one sentence and the next step; \`ROLLERBLADE_DEBUG=1\` adds where it came from.

Commands find their server by \`ROLLERBLADE_URL\` and \`ROLLERBLADE_TOKEN\`, else by the nearest \`.rollerblade/server.json\` from the current
folder upwards, which \`rollerblade up\` writes for its owner's eyes only. \`ROLLERBLADE_FOLDER\` names another folder than \`.rollerblade\`.
\`demo\` uses a server that runs, and starts its own where none does.

<!-- Written by \`node libs/cli/bin/write-reference.ts\` from the commands themselves; do not edit. -->
`;
