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
}): Record<string, string> => ({
  PATH: [dirname(process.execPath), "/usr/local/bin", "/usr/bin", "/bin"].join(":"),
  HOME: folders.tmp,
  TMPDIR: folders.tmp,
  ROLLERBLADE_IN: folders.in,
  ROLLERBLADE_OUT: folders.out,
  ...(folders.traceparent !== "" && { TRACEPARENT: folders.traceparent }),
});
