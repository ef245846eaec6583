import { Problem } from "@rollerblade/errors";
import { processCode, seenState } from "./code-identity.ts";

/** Says what is wrong with the code in a folder, or null when it is still what was created. */
export type CodeCheck = (code: string, folder: string) => Promise<string | null>;

/** Reads the code again only when a file was touched since it was last found right. */
export const createCodeCheck = (): CodeCheck => {
  const right = new Map<string, string>();
  return async (code, folder) => {
    try {
      const seen = await seenState(folder);
      if (right.get(`${code} ${folder}`) === seen) return null;
      if ((await processCode(folder)) !== code) return edited(folder);
      right.set(`${code} ${folder}`, seen);
      return null;
    } catch (error) {
      return Problem.from(error).message;
    }
  };
};

const edited = (folder: string): string =>
  `the code in ${folder} is no longer what was created (a file, the lockfile or Node changed); raise the version in its manifest and create it again`;
