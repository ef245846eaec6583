import { Problem } from "@rollerblade/errors";
import { latestFile, processCode, seenState } from "./code-identity.ts";

/** Says what is wrong with the code in a folder, or null when it is still what was created. */
export type CodeCheck = (code: string, folder: string) => Promise<string | null>;

/**
 * Reads the code again only when a file was touched since it was last found right. Whoever asks while a look is under way
 * gets the answer of the next one, which they share: it began after all of them asked.
 */
export const createCodeCheck = (): CodeCheck => {
  const right = new Map<string, string>();
  const looks = new Map<string, { readonly now: Promise<string | null>; next: Promise<string | null> | null }>();

  const look = async (code: string, folder: string): Promise<string | null> => {
    try {
      const seen = await seenState(folder);
      if (right.get(`${code} ${folder}`) === seen) return null;
      if ((await processCode(folder)) !== code) return edited(folder, await latestFile(folder));
      right.set(`${code} ${folder}`, seen);
      return null;
    } catch (error) {
      return Problem.from(error).message;
    }
  };
  const begin = (code: string, folder: string): Promise<string | null> => {
    const key = `${code} ${folder}`;
    const now = look(code, folder).finally(() => {
      if (looks.get(key) === under) looks.delete(key);
    });
    const under = { now, next: null };
    looks.set(key, under);
    return now;
  };
  return (code, folder) => {
    const under = looks.get(`${code} ${folder}`);
    if (under === undefined) return begin(code, folder);
    under.next ??= under.now.then(() => begin(code, folder));
    return under.next;
  };
};

const edited = (folder: string, latest: string | null): string => {
  const changed = latest === null ? "" : `; the last change in it is that of ${latest}`;
  return `the code in ${folder} is no longer what was created (a file, the lockfile or Node changed${changed}); raise the version in its manifest and create it again`;
};
