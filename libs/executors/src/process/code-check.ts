import { Problem } from "@rollerblade/errors";
import { changeBetween, latestFile, processCode, seenState } from "./code-identity.ts";

/**
 * Returns what is wrong with the code in a folder, or null when it is still what was created.
 * @param python path of the Python interpreter that it is started with; see `processCode`
 */
export type CodeCheck = (code: string, folder: string, python?: string | null) => Promise<string | null>;

/**
 * Reads the code again only when a file was touched since it was last found right. Whoever asks while a look is under way
 * gets the answer of the next one, which they share: it began after all of them asked.
 */
export const createCodeCheck = (): CodeCheck => {
  const right = new Map<string, string>();
  const looks = new Map<string, { readonly now: Promise<string | null>; next: Promise<string | null> | null }>();

  const look = async (key: string, { code, folder, python }: Asked): Promise<string | null> => {
    try {
      const seen = await seenState(folder, python);
      if (right.get(key) === seen) return null;
      const now = await processCode(folder, python);
      if (now !== code) {
        const change = changeBetween(code, now);
        return `${edited(folder, change || (await latestChange(folder)))}${isOnlyNew(change) ? itself : ""}`;
      }
      right.set(key, seen);
      return null;
    } catch (error) {
      return Problem.from(error).message;
    }
  };
  const begin = (key: string, asked: Asked): Promise<string | null> => {
    const now = look(key, asked).finally(() => {
      if (looks.get(key) === under) looks.delete(key);
    });
    const under = { now, next: null };
    looks.set(key, under);
    return now;
  };
  return (code, folder, python = null) => {
    const asked = { code, folder, python };
    const key = JSON.stringify([code, folder, python]);
    const under = looks.get(key);
    if (under === undefined) return begin(key, asked);
    under.next ??= under.now.then(() => begin(key, asked));
    return under.next;
  };
};

type Asked = { readonly code: string; readonly folder: string; readonly python: string | null };

/** The best guess at what has changed where the code was created before this process began. */
const latestChange = async (folder: string): Promise<string> => {
  const latest = await latestFile(folder);
  const changed = latest === null ? "" : `; the last change in it is that of ${latest}`;
  return `a file, the lockfile, Node, Python or a package of it changed${changed}`;
};

/** Whether nothing of the code has changed but that files came to it. */
const isOnlyNew = (change: string | null): boolean =>
  change !== null && change !== "" && change.split(", ").every((one) => one.endsWith(" is new") || / more$/.test(one));

/** What a program does that writes beside its code. */
const itself =
  ". If the analysis itself writes this file, let it write to $TMPDIR or $ROLLERBLADE_OUT, and remove what is there";

const edited = (folder: string, change: string): string =>
  `the code in ${folder} is no longer what was created (${change}); raise the version in its manifest and create it again`;
