import { Command } from "commander";
import { accessCommands } from "./commands/access-commands.ts";
import { accountCommands } from "./commands/account-commands.ts";
import { analysisCommands } from "./commands/analysis-commands.ts";
import { assetCommands } from "./commands/asset-commands.ts";
import { datasetCommands } from "./commands/dataset-commands.ts";
import { eventCommands } from "./commands/event-commands.ts";
import { fieldCommands } from "./commands/field-commands.ts";
import { pipelineCommands } from "./commands/pipeline-commands.ts";
import { queryCommands } from "./commands/query-commands.ts";
import { resultCommands } from "./commands/result-commands.ts";
import { runCommands } from "./commands/run-commands.ts";
import { serverCommands } from "./commands/server-commands.ts";
import { exitCodes } from "./exit-codes.ts";
import type { Installation } from "./installation.ts";

/** Builds the tree of all commands. Only their names and options are loaded; what a command does is loaded when it is called. */
export const buildProgram = (installation: Installation): Command => {
  const program = new Command("rollerblade")
    .description("Brain scans as BIDS, analyses as containers, a few lines of configuration to decide what runs next")
    .version(installation.version, "--version", "print the version")
    .helpOption("-h, --help", "print this help")
    .showHelpAfterError("(add --help for what it takes, with an example)")
    .showSuggestionAfterError()
    .helpCommand(false)
    // What stands behind the name of a command is that one's, also where both it and its parent have such an option.
    .enablePositionalOptions();
  serverCommands(program, installation);
  datasetCommands(program);
  queryCommands(program);
  fieldCommands(program);
  analysisCommands(program);
  assetCommands(program);
  runCommands(program);
  pipelineCommands(program);
  resultCommands(program);
  accountCommands(program);
  eventCommands(program);
  accessCommands(program);
  program.addHelpText("after", helpTail);
  return program;
};

const helpTail = `
Environment:
  ROLLERBLADE_URL, ROLLERBLADE_TOKEN  the server to speak to; without them, the one that \`up\` has started here
  ROLLERBLADE_PROFILE                 the profile of \`login\` to use, as --profile
  ROLLERBLADE_FOLDER                  where \`up\` and \`demo\` keep everything (the nearest .rollerblade)
  ROLLERBLADE_DEBUG=1                 show where an error came from

Exit codes:
${Object.entries(exitCodes)
  .map(([code, meaning]) => `  ${code.padEnd(4)} ${meaning}`)
  .join("\n")}

Example:
  $ rollerblade demo`;
