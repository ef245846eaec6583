import { execFile } from "node:child_process";
import { lstat, stat } from "node:fs/promises";
import { basename, isAbsolute, join } from "node:path";
import { promisify } from "node:util";
import { Problem } from "@rollerblade/errors";
import { z } from "zod";
import { programFolders } from "./clean-environment.ts";

const run = promisify(execFile);

/** What a Python interpreter is, as far as the result of an analysis depends on it. */
export type PythonInterpreter = {
  /** Implementation and version. Example: `CPython 3.12.4`. */
  readonly version: string;
  /**
   * Versions of the installed packages by their normalised names (PEP 503), with the origin of those that no index has. In an environment of
   * conda also those of conda, with their builds, as `conda:fsl`.
   */
  readonly packages: Readonly<Record<string, string>>;
};

/** The folders that it imports from stand beside; a package that is added, removed or upgraded changes the time of one of them. */
const described = z.object({
  version: z.string(),
  packages: z.record(z.string(), z.string()),
  path: z.array(z.string()),
});

/**
 * Prints what {@link described} reads. The first distribution of a name on the path is the one that is imported. `direct_url.json`
 * (PEP 610) holds the commit of a package from a repository. conda keeps a file for each of its packages, `NAME-VERSION-BUILD.json`.
 */
const script = `
import importlib.metadata, json, os, platform, re, sys
packages = {}
for one in importlib.metadata.distributions():
    name = one.metadata["Name"]
    if name:
        origin = one.read_text("direct_url.json")
        version = one.version + (" " + origin.strip() if origin else "")
        packages.setdefault(re.sub("[-_.]+", "-", name).lower(), version)
meta = os.path.join(sys.prefix, "conda-meta")
for file in os.listdir(meta) if os.path.isdir(meta) else []:
    if file.endswith(".json"):
        name, at, build = file[:-5].rsplit("-", 2)
        packages["conda:" + name] = at + " " + build
version = platform.python_implementation() + " " + platform.python_version()
print(json.dumps({"version": version, "packages": packages, "path": [one for one in [*sys.path, meta] if one]}))
`;

/** Names by which Python is started: `python`, `python3`, `python3.12`, `pypy3`. */
const pythonName = /^(python|pypy)[\d.]*$/;

/** Milliseconds that an interpreter may take to describe itself: a cold start on a network file system takes some seconds. */
const timeoutMs = 60_000;

type Known = PythonInterpreter & { readonly path: readonly string[]; readonly state: string };

const known = new Map<string, Known>();

/**
 * Finds the interpreter that a command starts, if that is Python.
 * @param folder of the code, in which the command runs
 * @param environment folder of an environment whose programs come first; null without one
 * @returns its path, or null when the command starts something else
 * @throws Problem `invalid` when there is no such interpreter where analyses look for programs
 */
export const pythonOf = async (
  [program = ""]: readonly string[],
  folder: string,
  environment: string | null,
): Promise<string | null> => {
  if (!pythonName.test(basename(program))) return environment === null ? null : pythonIn(environment);
  if (program.includes("/")) return isAbsolute(program) ? program : join(folder, program);
  const folders = [...(environment === null ? [] : [join(environment, "bin")]), ...programFolders];
  for (const one of folders) {
    const path = join(one, program);
    if ((await stat(path).catch(() => null))?.isFile() === true) return path;
  }
  throw notFound(program, folders);
};

/** The interpreter of an environment, which one of Node or R does not have. */
const pythonIn = async (environment: string): Promise<string | null> => {
  const path = join(environment, "bin/python");
  return (await stat(path).catch(() => null))?.isFile() === true ? path : null;
};

/**
 * Describes an interpreter. It is started for that only when something was installed since the last time.
 * @throws Problem `invalid` when it cannot be started
 */
export const describePython = async (program: string): Promise<PythonInterpreter> => {
  const before = known.get(program);
  if (before !== undefined && before.state === (await stateOf(program, before.path))) return before;
  const { path, ...interpreter } = await ask(program);
  const described = { ...interpreter, path, state: await stateOf(program, path) };
  known.set(program, described);
  return described;
};

/** A text that stays the same as long as nothing was installed or removed, for callers that compare it often. */
export const pythonState = async (program: string): Promise<string> => {
  await describePython(program);
  return known.get(program)?.state ?? "";
};

const ask = async (program: string): Promise<z.output<typeof described>> => {
  try {
    // Isolated: neither the environment nor packages of the account count, which analyses do not see either.
    const { stdout } = await run(program, ["-I", "-B", "-c", script], {
      timeout: timeoutMs,
      maxBuffer: 16 * 2 ** 20,
      env: { PATH: programFolders.join(":") },
    });
    return described.parse(JSON.parse(stdout));
  } catch (cause) {
    throw notStarted(program, cause);
  }
};

const stateOf = async (program: string, path: readonly string[]): Promise<string> => {
  const states = await Promise.all(
    [program, ...path].map(async (one) => {
      // The link and what it leads to: either may be exchanged.
      const [link, target] = await Promise.all([lstat(one).catch(() => null), stat(one).catch(() => null)]);
      return [link, target].map((found) => (found === null ? "-" : `${found.ino}:${found.size}:${found.mtimeMs}`));
    }),
  );
  return states.flat().join(" ");
};

const advice =
  "Name the interpreter by its absolute path under `process`, or let `environment: requirements.txt` bring one.";

const notFound = (program: string, folders: readonly string[]): Problem =>
  new Problem({
    code: "invalid",
    message: `There is no program "${program}" in ${folders.join(", ")}.`,
    subject: program,
    next: advice,
  });

const notStarted = (program: string, cause: unknown): Problem => {
  const stderr = z.object({ stderr: z.string() }).safeParse(cause).data?.stderr.trim().split("\n").at(-1) ?? "";
  const reason = stderr === "" ? (cause instanceof Error ? (cause.message.split("\n")[0] ?? "") : "") : stderr;
  return new Problem(
    {
      code: "invalid",
      message: `The Python interpreter ${program} cannot be used: ${reason}.`,
      subject: program,
      next: `It must be Python 3.8 or newer. ${advice}`,
    },
    { cause },
  );
};
