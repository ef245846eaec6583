import { dirname, join } from "node:path";
import { callTool, putInPlace } from "./build-tool.ts";
import { findUv } from "./find-uv.ts";
import type { Making } from "./making.ts";

/** Builds a virtual environment of Python with uv, which is brought where there is none. */
export const buildPython = async ({ root, place, project, lockfile }: Making): Promise<void> => {
  const program = await findUv(root);
  const environment = join(dirname(project), "environment");
  const call = { program, cwd: project, lockfile };
  // Relocatable, since it is renamed: its programs find their interpreter beside them.
  await callTool({ ...call, argv: ["venv", "--quiet", "--relocatable", environment], byHand: "uv venv" });
  if (lockfile === "uv.lock") {
    const argv = ["sync", "--quiet", "--frozen", "--no-dev", "--no-install-project"];
    const variables = { ...indexOfPip(), UV_PROJECT_ENVIRONMENT: environment };
    await callTool({ ...call, argv, byHand: "uv sync --frozen", environment: variables });
  } else {
    const argv = ["pip", "install", "--quiet", "--python", join(environment, "bin/python"), "-r", lockfile];
    await callTool({ ...call, argv, byHand: `uv pip install -r ${lockfile}`, environment: indexOfPip() });
  }
  await putInPlace(environment, place);
};

/** A mirror that pip is told to use is meant for uv, too, which reads variables of its own. */
const indexOfPip = (): Record<string, string> => {
  const { PIP_INDEX_URL, PIP_EXTRA_INDEX_URL, PIP_FIND_LINKS } = process.env;
  return {
    ...(PIP_INDEX_URL !== undefined && { UV_DEFAULT_INDEX: process.env.UV_DEFAULT_INDEX ?? PIP_INDEX_URL }),
    ...(PIP_EXTRA_INDEX_URL !== undefined && { UV_INDEX: process.env.UV_INDEX ?? PIP_EXTRA_INDEX_URL }),
    ...(PIP_FIND_LINKS !== undefined && { UV_FIND_LINKS: process.env.UV_FIND_LINKS ?? PIP_FIND_LINKS }),
  };
};
