import { printMessage } from "./messages.ts";

/**
 * Does long work that goes on where it was when its command is given again, and says so on Ctrl-C. @returns what the work returns
 */
export const resumable = async <T>(work: () => Promise<T>): Promise<T> => {
  const leave = (): void => {
    printMessage("\nInterrupted. Give the same command again: it goes on where it was.");
    process.exit(130);
  };
  process.once("SIGINT", leave);
  try {
    return await work();
  } finally {
    process.off("SIGINT", leave);
  }
};
