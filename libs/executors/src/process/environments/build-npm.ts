import { randomUUID } from "node:crypto";
import { lstat, readlink, rename, rm, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Problem } from "@rollerblade/errors";
import { callTool, findTool, putInPlace } from "./build-tool.ts";
import type { Making } from "./making.ts";

/** Installs the packages of npm that a `package-lock.json` names, as `npm ci` does, for the Node that runs analyses. */
export const buildNpm = async ({ place, project, lockfile }: Making): Promise<void> => {
  const program = await findTool(["npm"], [dirname(process.execPath)]);
  if (program === null)
    throw new Problem({
      code: "unavailable",
      message: "npm, which installs the packages of package-lock.json, is not on the PATH.",
      subject: lockfile,
      next: "Install Node.js with npm (https://nodejs.org) and start Rollerblade again.",
    });
  await callTool({
    ...{ program, cwd: project, lockfile },
    argv: ["ci", "--omit=dev", "--no-audit", "--no-fund", "--loglevel=error"],
    byHand: "npm ci --omit=dev",
    environment: { PATH: `${dirname(process.execPath)}:${process.env.PATH ?? ""}` },
  });
  // A lockfile without packages leaves no folder of them.
  await symlink("node_modules/.bin", join(project, "bin"));
  await putInPlace(project, place);
};

/**
 * Lets code find its packages: Node looks for `node_modules` beside a file and above it, and nowhere else. The link is the only thing that is
 * written into the folder of the code, as `npm ci` would write the packages themselves; it is no part of the code.
 * @throws Problem `invalid` when something else has that name
 */
export const linkPackages = async (folder: string, place: string): Promise<void> => {
  const [link, packages] = [join(folder, "node_modules"), join(place, "node_modules")];
  const there = await lstat(link).catch(() => null);
  if (there !== null && !there.isSymbolicLink())
    throw new Problem({
      code: "invalid",
      message: `${link} is in the way: the packages of package-lock.json are installed elsewhere, and this is where they are linked to.`,
      subject: link,
      next: "Remove the folder, or leave `environment` out of the manifest to go on with what it holds.",
    });
  if (there !== null && (await readlink(link)) === packages) return;
  const making = `${link}-${randomUUID()}`;
  try {
    await symlink(packages, making);
    await rename(making, link);
  } finally {
    await rm(making, { force: true });
  }
};
