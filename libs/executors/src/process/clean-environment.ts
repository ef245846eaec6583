import { dirname } from "node:path";

/**
 * The whole environment of a process: nothing of ours gets in, no secret, no setting. Our own Node stands first on the path,
 * so that `node` is the version that belongs to the code's identity.
 */
export const cleanEnvironment = (folders: {
  readonly in: string;
  readonly out: string;
  readonly tmp: string;
  readonly traceparent: string;
  readonly cpu: number;
  readonly memory: number;
}): Record<string, string> => ({
  PATH: [dirname(process.execPath), "/usr/local/bin", "/usr/bin", "/bin"].join(":"),
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
