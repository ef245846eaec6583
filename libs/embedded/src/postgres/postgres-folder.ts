import { randomUUID } from "node:crypto";
import { chmod, chown, lstat, mkdir, readdir, readFile, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, sep } from "node:path";
import type { Log } from "../log.ts";
import { type Account, canReach, reachableFolder } from "./postgres-account.ts";

/**
 * The folder in which PostgreSQL's data lies, owned by the account that runs it: `<folder>/postgres`, or, where that account
 * cannot get there, a folder of the system to which `<folder>/postgres` is a link.
 */
export const postgresFolder = async (folder: string, account: Account | null, log: Log): Promise<string> => {
  const wanted = join(folder, "postgres");
  if (account === null) {
    await mkdir(wanted, { recursive: true, mode: 0o700 });
    return wanted;
  }
  // Others may pass through this folder but not look into it: PostgreSQL's own lies inside.
  await chmod(folder, 0o711);
  if (await exists(wanted)) return realpath(wanted);
  if (await canReach(account, folder)) return own(wanted, account);
  await sweepTemporary();
  const place = join(await reachableFolder(), randomUUID());
  await mkdir(place, { mode: 0o711 });
  await writeFile(join(place, "belongs-to"), wanted);
  const data = await own(join(place, "postgres"), account);
  await symlink(data, wanted);
  log.info({ data }, `${folder} is closed to PostgreSQL's account; its data is kept in ${data}`);
  return data;
};

const own = async (path: string, account: Account): Promise<string> => {
  await mkdir(path, { recursive: true, mode: 0o700 });
  await chown(path, account.uid, account.gid);
  return path;
};

const exists = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  );

/** Data of folders that were temporary and are gone. Others stay: a folder that was moved still links to its data. */
const sweepTemporary = async (): Promise<void> => {
  const base = await reachableFolder();
  for (const entry of await readdir(base)) {
    const owner = await readFile(join(base, entry, "belongs-to"), "utf8").catch(() => "");
    const temporary = owner.startsWith(tmpdir() + sep);
    if (temporary && !(await exists(owner))) await rm(join(base, entry), { recursive: true, force: true });
  }
};
