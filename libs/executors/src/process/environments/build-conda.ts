import { randomUUID } from "node:crypto";
import { rm, symlink } from "node:fs/promises";
import { homedir } from "node:os";
import { basename, join } from "node:path";
import { Problem } from "@rollerblade/errors";
import { callTool, findTool } from "./build-tool.ts";
import type { Making } from "./making.ts";

/** Where the installers of conda put it; its shell hook puts it on the `PATH` of shells, and of no server. */
const installed = ["miniforge3", "mambaforge", "miniconda3", "anaconda3", "micromamba"].flatMap((name) => [
  join(homedir(), name, "bin"),
  join("/opt", name, "bin"),
]);

/**
 * Builds an environment of conda. Its programs know their own path, so it is built where it stays, under a name of its own, and its place is
 * a link to it.
 */
export const buildConda = async ({ root, place, project, lockfile }: Making): Promise<void> => {
  // The faster ones first.
  const program = await findTool(
    ["micromamba", "mamba", "conda"],
    [...installed, join(homedir(), ".local/bin"), "/opt/conda/bin"],
  );
  if (program === null) throw noConda(lockfile);
  const prefix = join(root, `conda-${randomUUID()}`);
  const words = basename(program) === "micromamba" ? ["create", "--yes"] : ["env", "create", "--yes"];
  try {
    await callTool({
      ...{ program, cwd: project, lockfile },
      argv: [...words, "--quiet", "--prefix", prefix, "--file", lockfile],
      byHand: `${basename(program)} ${words[0] === "env" ? "env create" : "create"} -f ${lockfile}`,
    });
    await symlink(prefix, place);
  } catch (error) {
    await rm(prefix, { recursive: true, force: true });
    // Somebody else was faster, whose environment is as good.
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  }
};

const noConda = (lockfile: string): Problem =>
  new Problem({
    code: "unavailable",
    message: `${lockfile} describes an environment of conda, and none of micromamba, mamba and conda is on the PATH or where their installers put them.`,
    subject: lockfile,
    next: "Install one (https://mamba.readthedocs.io) and try again, or write a requirements.txt, which uv builds.",
  });
