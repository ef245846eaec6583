import { lstat, mkdir, realpath } from "node:fs/promises";
import { dirname, join, sep } from "node:path";
import { Problem } from "@rollerblade/errors";
import { checkKey } from "../object-key.ts";

/** Where half-written objects lie until they get their name; no key may begin so. */
export const temporaryName = ".temporary";

/** The path of a key below the root, not yet checked for links. @throws Problem `invalid` */
export const pathOf = (root: string, key: string): string => {
  checkKey(key);
  if (key !== temporaryName && !key.startsWith(`${temporaryName}/`)) return join(root, ...key.split("/"));
  throw new Problem({ code: "invalid", message: `${temporaryName} is the store's own folder.`, subject: key });
};

/**
 * Throws unless the folder of the path is really where it seems: a symbolic link on the way could lead anywhere.
 * A name that differs in case or Unicode form only, on a file system that makes no difference, is not the same either.
 * @throws the error of the file system when there is no such folder
 */
export const requireInside = async (root: string, path: string): Promise<void> => {
  const folder = dirname(path);
  if ((await realpath(folder)) === folder) return;
  throw new Problem({
    code: "conflict",
    message: `${folder} is reached by a symbolic link or another spelling, which the object store does not follow.`,
    subject: path.slice(root.length + 1),
    next: "Replace the link by what it points to, or use the name as it was first written.",
  });
};

/** Makes the folder of a path, and makes sure that it is where it seems. @throws Problem `conflict` */
export const makeFolderFor = async (root: string, path: string): Promise<void> => {
  try {
    return await requireInside(root, path);
  } catch (error) {
    if (error instanceof Problem) throw error;
  }
  await mkdir(dirname(path), { recursive: true, mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOTDIR" || error.code === "EEXIST") throw nameTaken(path.slice(root.length + 1), error);
    throw error;
  });
  await requireInside(root, path);
};

/**
 * Refuses to replace a file through another spelling of its name (macOS and Windows take `A` and `a` for one).
 * @throws Problem `conflict`
 */
export const requireOwnName = async (path: string): Promise<void> => {
  const there = await lstat(path).catch(() => null);
  if (there === null) return;
  if (there.isDirectory()) throw nameTaken(path, undefined);
  if (there.isSymbolicLink()) return;
  const real = await realpath(path);
  if (real.split(sep).at(-1) !== path.split(sep).at(-1)) throw nameTaken(path, undefined);
};

/** A file stands where a folder is wanted, a folder where a file is, or the same name in other letters. */
export const nameTaken = (name: string, cause: unknown): Problem =>
  new Problem(
    {
      code: "conflict",
      message: `The name ${name} cannot be used: a part of it is taken by something else.`,
      subject: name,
      next: "Choose a name of which no beginning is a file, and that differs in more than case.",
    },
    { cause },
  );
