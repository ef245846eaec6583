import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { access, chmod, chown, mkdir, readdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { Problem } from "@rollerblade/errors";
import type { Account } from "./postgres-account.ts";
import type { PostgresBinaries } from "./postgres-binaries.ts";

const execute = promisify(execFile);

/** The account inside PostgreSQL that owns everything. */
export const databaseUser = "rollerblade";

/** What a new cluster needs. */
export type NewCluster = {
  /** Owned by the account; the cluster is made inside as `data`. */
  readonly folder: string;
  readonly binaries: PostgresBinaries;
  readonly account: Account | null;
  readonly password: string;
};

/**
 * The data folder of a cluster, made by `initdb` when there is none. It is made under another name first, so a half-made
 * one is never taken for a whole one.
 * @throws Problem `unavailable` with what initdb printed about it.
 */
export const initCluster = async (cluster: NewCluster): Promise<string> => {
  const data = join(cluster.folder, "data");
  if (await exists(join(data, "PG_VERSION"))) return data;
  await dropHalfMade(cluster.folder);
  const scratch = join(cluster.folder, `making-${randomUUID()}`);
  await makeFolder(scratch, cluster.account);
  await writePassword(join(scratch, "password"), cluster);
  await runInitdb(cluster, join(scratch, "data"), join(scratch, "password"));
  await rename(join(scratch, "data"), data);
  await rm(scratch, { recursive: true, force: true });
  return data;
};

const runInitdb = async (cluster: NewCluster, data: string, passwordFile: string): Promise<void> => {
  const options = [
    ["--pgdata", data],
    ["--username", databaseUser],
    ["--pwfile", passwordFile],
    ["--auth", "scram-sha-256"],
    // PostgreSQL's own C.UTF-8: sorted bytewise, the same on every machine.
    ["--encoding", "UTF8"],
    ["--locale", "C"],
    ["--locale-provider", "builtin"],
    ["--builtin-locale", "C.UTF-8"],
  ].flat();
  const env = { PATH: process.env.PATH ?? "", LC_ALL: "C" };
  try {
    await execute(cluster.binaries.initdb, options, { ...cluster.account, cwd: "/", env });
  } catch (cause) {
    const message = `PostgreSQL could not make its data folder: ${reasonOf(cause)}`;
    const next = "Check the free space and the permissions of the folder; about 100 MB are needed to begin with.";
    throw new Problem({ code: "unavailable", message, subject: data, next }, { cause });
  }
};

const makeFolder = async (path: string, account: Account | null): Promise<void> => {
  await mkdir(path, { mode: 0o700 });
  if (account !== null) await chown(path, account.uid, account.gid);
};

const writePassword = async (path: string, { account, password }: NewCluster): Promise<void> => {
  await writeFile(path, `${password}\n`, { mode: 0o600 });
  await chmod(path, 0o600);
  if (account !== null) await chown(path, account.uid, account.gid);
};

const dropHalfMade = async (folder: string): Promise<void> => {
  const entries = await readdir(folder);
  const halfMade = entries.filter((entry) => entry.startsWith("making-"));
  await Promise.all(halfMade.map((entry) => rm(join(folder, entry), { recursive: true, force: true })));
};

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/** What initdb prints of a fault; the line after it reports that it removes what it has made. */
const reasonOf = (error: unknown): string => {
  const printed = error instanceof Error && "stderr" in error ? String(error.stderr) : String(error);
  const lines = printed.trim().split("\n");
  return lines.findLast((line) => /error:|FATAL:|PANIC:|could not|No space/.test(line)) ?? lines.at(-1) ?? "";
};
