import { existsSync } from "node:fs";
import { dirname, join } from "node:path";

/** Where programs are found by name. Our own Node stands first, so that `node` is the version that belongs to the code's identity. */
export const programFolders: readonly string[] = [dirname(process.execPath), "/usr/local/bin", "/usr/bin", "/bin"];

/** What activating an environment of Python or conda sets. */
const variablesOf = (environment: string): Record<string, string> => {
  if (existsSync(join(environment, "pyvenv.cfg"))) return { VIRTUAL_ENV: environment };
  return existsSync(join(environment, "conda-meta")) ? { CONDA_PREFIX: environment } : {};
};

/** The whole environment of a process: nothing of ours gets in, no secret, no setting. */
export const cleanEnvironment = (folders: {
  readonly in: string;
  readonly out: string;
  readonly tmp: string;
  readonly traceparent: string;
  readonly cpu: number;
  readonly memory: number;
  /** Folder of an environment that a lockfile describes, whose programs are found first; null without one. */
  readonly environment: string | null;
}): Record<string, string> => ({
  PATH: [...(folders.environment === null ? [] : [`${folders.environment}/bin`]), ...programFolders].join(":"),
  ...(folders.environment !== null && variablesOf(folders.environment)),
  HOME: folders.tmp,
  TMPDIR: folders.tmp,
  // Python would write into the folder of the code otherwise.
  PYTHONDONTWRITEBYTECODE: "1",
  USER: "rollerblade",
  LOGNAME: "rollerblade",
  ROLLERBLADE_CPUS: String(folders.cpu),
  ROLLERBLADE_MEMORY_BYTES: String(Math.floor(folders.memory)),
  ROLLERBLADE_IN: folders.in,
  ROLLERBLADE_OUT: folders.out,
  ...(folders.traceparent !== "" && { TRACEPARENT: folders.traceparent }),
});
