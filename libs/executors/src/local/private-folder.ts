import { chmodSync, lstatSync, mkdirSync, realpathSync, type Stats } from "node:fs";
import { dirname, join } from "node:path";
import { Problem } from "@rollerblade/errors";

/** What decides whether somebody else could exchange a folder or what lies in it; a part of `Stats`. */
export type FolderStatus = Pick<Stats, "uid" | "gid" | "mode"> & { readonly kind: "folder" | "link" | "other" };

/** Who we are: only our own account and those in `trusted` may own a folder that leads to our files. */
export type Account = { readonly uid: number; readonly trusted: ReadonlySet<number> };

/** Permission bits of inode(7). */
const [groupWrites, othersWrite, sticky, ofOthers] = [0o020, 0o002, 0o1000, 0o077];

/**
 * Makes a folder that only our own account may look into, or checks one that is there, and returns its real path. Inputs are staged below
 * it and outputs are collected from it, so whoever could rename a part of its path could read scans, forge results, or have the server
 * write to a place of their choice. OpenSSH checks the path of `authorized_keys` for the same reason (`StrictModes`).
 * @throws Problem `forbidden` that names the first part of the path that others may change
 */
export const makePrivateFolder = (path: string): string => {
  if (process.getuid === undefined) {
    // Without Unix accounts the folder of the user's profile is what keeps others out.
    mkdirSync(path, { recursive: true });
    return realpathSync(path);
  }
  const uid = process.getuid();
  // In a container's user namespace the root folder belongs to whoever made the container.
  const account: Account = { uid, trusted: new Set([0, uid, lstatSync("/").uid]) };
  const parent = makeParents(dirname(path));
  for (const part of partsOf(parent)) refuse(part, faultOfParent(statusOf(part), account));
  const folder = join(parent, path.slice(dirname(path).length));
  makeOne(folder);
  const status = statusOf(folder);
  refuse(folder, faultOfPrivate(status, account));
  if ((status.mode & ofOthers) !== 0) chmodSync(folder, 0o700);
  return folder;
};

/** What is wrong with a folder on the way to ours; null when nobody else can exchange what lies in it. */
export const faultOfParent = ({ kind, uid, gid, mode }: FolderStatus, account: Account): string | null => {
  if (kind !== "folder") return "is not a folder";
  if (!account.trusted.has(uid)) return `belongs to another account (uid ${uid})`;
  // In a sticky folder (`/tmp`) only the owner of an entry renames it.
  if ((mode & sticky) !== 0) return null;
  if ((mode & othersWrite) !== 0) return "may be written to by everybody";
  // A group that is numbered as its only member is a user's own (`usergroups` of pam_umask(8)).
  if ((mode & groupWrites) !== 0 && gid !== 0 && gid !== account.uid) return `may be written to by the group ${gid}`;
  return null;
};

/** What is wrong with the folder itself; null when it is ours, whatever its mode, which we can change. */
export const faultOfPrivate = ({ kind, uid }: FolderStatus, account: Account): string | null => {
  if (kind === "link") return "is a symbolic link";
  if (kind === "other") return "is not a folder";
  return uid === account.uid ? null : `belongs to another account (uid ${uid})`;
};

/** Makes the folders above and resolves links in them: what `/var` or a home folder leads to is checked where it really lies. */
const makeParents = (path: string): string => {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  return realpathSync(path);
};

const partsOf = (path: string): string[] => (dirname(path) === path ? [path] : [...partsOf(dirname(path)), path]);

const makeOne = (path: string): void => {
  try {
    mkdirSync(path, 0o700);
  } catch (error) {
    // What is there, perhaps since this moment, is judged as what it is.
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  }
};

const statusOf = (path: string): FolderStatus => {
  const stats = lstatSync(path);
  const kind = stats.isDirectory() ? "folder" : stats.isSymbolicLink() ? "link" : "other";
  return { kind, uid: stats.uid, gid: stats.gid, mode: stats.mode };
};

const refuse = (path: string, fault: string | null): void => {
  if (fault === null) return;
  throw new Problem({
    code: "forbidden",
    message: `The files of attempts cannot lie below ${path}, which ${fault}: others could exchange them.`,
    subject: path,
    next: "Correct its owner and mode, or name another folder with ROLLERBLADE_SCHEDULER_SCRATCH.",
  });
};
