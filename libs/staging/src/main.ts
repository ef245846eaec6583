/**
 * The program of the staging containers; its argument says which of them it is. The image holds it as one file of plain JavaScript,
 * because it starts twice for each slice. Whatever goes wrong is one line on standard error, which Kubernetes shows as the container's
 * last words.
 */

import { readEnvironment } from "./environment.ts";
import { awayExitCode } from "./exit-codes.ts";
import { isAway } from "./retry.ts";
import { stageIn } from "./stage-in.ts";
import { stageOut } from "./stage-out.ts";

const commands = new Map([
  ["stage-in", stageIn],
  ["stage-out", stageOut],
]);

const run = async (word = ""): Promise<void> => {
  const command = commands.get(word);
  if (command === undefined) throw new Error(`There is ${[...commands.keys()].join(" and ")}, and no ${word}.`);
  await command(readEnvironment());
};

// The first process of a container ignores what it has no handler for.
process.on("SIGTERM", () => process.exit(143));
run(process.argv[2]).then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : String(error));
    process.exit(isAway(error) ? awayExitCode : 1);
  },
);
