import { execFile } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { userInfo } from "node:os";
import { promisify } from "node:util";
import { Problem } from "@rollerblade/errors";

const execute = promisify(execFile);

/** A system account other than ours that PostgreSQL runs under. */
export type Account = { readonly uid: number; readonly gid: number };

/** What root uses where the checkout or the data folder is closed to other accounts. */
const systemFolder = "/var/lib/rollerblade";

/**
 * The account for PostgreSQL: ours (null), except that PostgreSQL refuses to run as root; then the system's `postgres`,
 * which is created when there is none.
 * @throws Problem `unavailable` when it can neither be found nor made.
 */
export const postgresAccount = async (): Promise<Account | null> => {
  if (userInfo().uid !== 0) return null;
  const found = await lookUp("postgres");
  if (found !== null) return found;
  try {
    await execute("useradd", [
      "--system",
      "--user-group",
      "--no-create-home",
      "--shell",
      "/usr/sbin/nologin",
      "postgres",
    ]);
  } catch (cause) {
    throw noAccount(cause);
  }
  const made = await lookUp("postgres");
  if (made === null) throw noAccount(undefined);
  return made;
};

const lookUp = async (name: string): Promise<Account | null> => {
  const ids = ["-u", "-g"].map((flag) => execute("id", [flag, name]));
  try {
    const [uid, gid] = (await Promise.all(ids)).map(({ stdout }) => Number(stdout));
    return uid === undefined || gid === undefined ? null : { uid, gid };
  } catch {
    return null;
  }
};

/** True when the account can get to the path through all folders above it, and may execute or enter it. */
export const canReach = (account: Account, path: string): Promise<boolean> =>
  execute("/bin/sh", ["-c", 'test -x "$1"', "sh", path], { ...account, cwd: "/" }).then(
    () => true,
    () => false,
  );

/** A folder that every account can get to; only root needs it. */
export const reachableFolder = async (): Promise<string> => {
  await mkdir(systemFolder, { recursive: true, mode: 0o711 });
  return systemFolder;
};

const noAccount = (cause: unknown): Problem =>
  new Problem(
    {
      code: "unavailable",
      message: "PostgreSQL refuses to run as root, and the account `postgres` could not be created.",
      subject: "postgres",
      next: "Run Rollerblade as an ordinary user, or create the account with `useradd --system postgres`.",
    },
    { cause },
  );
