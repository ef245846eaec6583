import { stageIn } from "./stage-in.ts";
import { stageOut } from "./stage-out.ts";
import { readSurroundings } from "./surroundings.ts";

const commands = new Map([
  ["stage-in", stageIn],
  ["stage-out", stageOut],
]);

/** Whether a word names what a staging container does. */
export const isStagingCommand = (word: string | undefined): word is string => word !== undefined && commands.has(word);

/** Does it. Whatever goes wrong is one line on standard error, which Kubernetes shows as the container's last words. */
export const runStaging = async (word: string): Promise<number> => {
  // The first process of a container ignores what it has no handler for.
  process.on("SIGTERM", () => process.exit(143));
  try {
    await commands.get(word)?.(readSurroundings());
    return 0;
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    return 1;
  }
};
