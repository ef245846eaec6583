import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdir, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { Problem } from "@rollerblade/errors";
import { findTool, isProgram } from "./build-tool.ts";

const run = promisify(execFile);

/** The release of uv that is installed where there is none. */
const uvVersion = "0.13.9";

/** Milliseconds that its installation may take: one wheel of some 25 MB. */
const timeoutMs = 5 * 60_000;

/**
 * Finds uv, which builds environments of Python: on the `PATH`, where its installer puts it, or in our folder, into which pip installs
 * it the first time.
 * @param root folder that is ours
 * @throws Problem `unavailable` when there is none and it cannot be installed
 */
export const findUv = async (root: string): Promise<string> => {
  const own = join(root, `uv-${uvVersion}`);
  const folders = [join(homedir(), ".local/bin"), join(homedir(), ".cargo/bin"), join(own, "bin")];
  return (await findTool(["uv"], folders)) ?? install(root, own);
};

const install = async (root: string, own: string): Promise<string> => {
  await mkdir(root, { recursive: true });
  const making = join(root, `making-${randomUUID()}`);
  try {
    const argv = ["-m", "pip", "install", "--quiet", "--no-deps", "--target", making, `uv==${uvVersion}`];
    await run("python3", argv, { timeout: timeoutMs });
    // Another installation may have been faster; its uv is as good.
    await rename(making, own).catch(async (error: unknown) => {
      if (!(await isProgram(join(own, "bin/uv")))) throw error;
    });
    return join(own, "bin/uv");
  } catch (cause) {
    throw new Problem(
      {
        code: "unavailable",
        message: `uv, which builds environments of Python, is not on the PATH, and pip cannot install it.`,
        subject: "uv",
        next: "Install uv (https://docs.astral.sh/uv) and start Rollerblade again.",
      },
      { cause },
    );
  } finally {
    await rm(making, { recursive: true, force: true });
  }
};
