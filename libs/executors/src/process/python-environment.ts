import { execFile } from "node:child_process";
import { createHash, randomUUID } from "node:crypto";
import { copyFile, lstat, mkdir, readFile, rename, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { Problem } from "@rollerblade/errors";
import { z } from "zod";
import { findUv } from "./find-uv.ts";

const run = promisify(execFile);

/** Milliseconds that the packages of an environment may take to be fetched and unpacked; PyTorch takes some minutes. */
const timeoutMs = 14 * 60_000;

/** The last lines of uv are its error; more would not fit a message. */
const maxErrorCharacters = 1_000;

/** Builds the environments that manifests name, each once. */
export type PythonEnvironments = {
  /**
   * Returns the folder of the virtual environment that a lockfile describes, building it where it is not there yet.
   * @param folder of the code
   * @param lockfile its name in there: `requirements.txt` or `uv.lock`
   * @throws Problem `invalid` when the lockfile is missing or cannot be installed; `unavailable` without uv
   */
  environmentOf(folder: string, lockfile: string): Promise<string>;
};

/**
 * Keeps environments in a folder by the hash of what they are built from. One is built beside its place and renamed, so that whoever
 * finds it finds all of it; two servers that build the same one at once keep the first.
 */
export const createPythonEnvironments = (root: string): PythonEnvironments => {
  const building = new Map<string, Promise<string>>();
  return {
    async environmentOf(folder, lockfile) {
      const sources = await readSources(folder, lockfile);
      const place = join(root, hashOf(sources));
      if (await isThere(place)) return place;
      const begun = building.get(place) ?? build(root, place, folder, sources).finally(() => building.delete(place));
      building.set(place, begun);
      return begun;
    },
  };
};

/** The files that an environment is built from, by name, with the lockfile first. */
type Sources = ReadonlyMap<string, string>;

/** Files that count where they are there: `.python-version` is where uv and pyenv look for the version, `uv.toml` has settings of uv. */
const optionalSources = [".python-version", "uv.toml"];

/** Beside a `uv.lock`, its project is needed. */
const readSources = async (folder: string, lockfile: string): Promise<Sources> => {
  const sources = new Map([[lockfile, await readNeeded(folder, lockfile)]]);
  if (lockfile === "uv.lock") sources.set("pyproject.toml", await readNeeded(folder, "pyproject.toml"));
  else refuseOthersFiles(lockfile, sources.get(lockfile) ?? "");
  for (const name of optionalSources) {
    const text = await readFile(join(folder, name), "utf8").catch(() => null);
    if (text !== null) sources.set(name, text);
  }
  return sources;
};

const readNeeded = (folder: string, name: string): Promise<string> =>
  readFile(join(folder, name), "utf8").catch((cause: unknown) => {
    throw new Problem(
      {
        code: "invalid",
        message: `The environment needs ${name}, which is not in ${folder}.`,
        subject: name,
        next:
          name === "requirements.txt"
            ? "Write it beside analysis.yaml, for example with `python -m pip freeze > requirements.txt`."
            : "Write it beside analysis.yaml with `uv lock`.",
      },
      { cause },
    );
  });

/** Refuses lines that lead to other files: their content would not be part of the hash. */
const refuseOthersFiles = (lockfile: string, text: string): void => {
  for (const [index, line] of text.split("\n").entries()) {
    const words = line.trim();
    if (!/^(-r|-c|-e|--requirement|--constraint|--editable)\b|^\.{0,2}\/|@\s*file:/.test(words)) continue;
    throw new Problem({
      code: "invalid",
      message: `${lockfile}: line ${index + 1}: "${words}" leads to another file, which an environment cannot be built from.`,
      subject: lockfile,
      next: "Write the requirement itself. Code of your own belongs into the folder of the analysis.",
    });
  }
};

const hashOf = (sources: Sources): string => {
  const hash = createHash("sha256").update(`${process.platform} ${process.arch}\n`);
  for (const [name, text] of sources) hash.update(`${name} ${Buffer.byteLength(text)}\n${text}\n`);
  return hash.digest("hex").slice(0, 32);
};

const build = async (root: string, place: string, folder: string, sources: Sources): Promise<string> => {
  const uv = await findUv(root);
  const making = join(root, `making-${randomUUID()}`);
  const project = join(making, "project");
  const environment = join(making, "environment");
  const [lockfile = ""] = sources.keys();
  try {
    await mkdir(project, { recursive: true });
    for (const name of sources.keys()) await copyFile(join(folder, name), join(project, name));
    // Relocatable, since it is renamed: its programs find their interpreter beside them.
    await call(uv, ["venv", "--quiet", "--relocatable", environment], project, lockfile);
    const install =
      lockfile === "uv.lock"
        ? ["sync", "--quiet", "--frozen", "--no-dev", "--no-install-project"]
        : ["pip", "install", "--quiet", "--python", join(environment, "bin/python"), "-r", lockfile];
    await call(uv, install, project, lockfile, { UV_PROJECT_ENVIRONMENT: environment });
    await rename(environment, place).catch(async (error: unknown) => {
      if (!(await isThere(place))) throw error;
    });
    return place;
  } finally {
    await rm(making, { recursive: true, force: true });
  }
};

const call = async (
  uv: string,
  argv: readonly string[],
  cwd: string,
  lockfile: string,
  more: Readonly<Record<string, string>> = {},
): Promise<void> => {
  const env = { ...process.env, ...indexOfPip(), ...more };
  await run(uv, argv, { cwd, timeout: timeoutMs, env }).catch((cause: unknown) => {
    const stderr = z.object({ stderr: z.string() }).safeParse(cause).data?.stderr.trim() ?? "";
    throw new Problem(
      {
        code: "invalid",
        message: `The environment of ${basename(lockfile)} cannot be built: ${shorten(stderr) || String(cause)}`,
        subject: lockfile,
        next: "Correct the lockfile and try again; the same happens with `uv pip install -r` in a shell.",
      },
      { cause },
    );
  });
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

const shorten = (text: string): string =>
  text.length > maxErrorCharacters ? `…${text.slice(-maxErrorCharacters)}` : text;

const isThere = (place: string): Promise<boolean> =>
  lstat(join(place, "pyvenv.cfg")).then(
    () => true,
    () => false,
  );
