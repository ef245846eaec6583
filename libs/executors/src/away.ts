import { Problem } from "@rollerblade/errors";

/** System errors of a network or of a machine that cannot give what it was asked for now, and of no program. */
const awayCodes = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ETIMEDOUT",
  "EPIPE",
  "ENOTFOUND",
  "EAI_AGAIN",
  "UND_ERR_SOCKET",
  "UND_ERR_CONNECT_TIMEOUT",
  "ENOSPC",
  "EDQUOT",
  "EMFILE",
  "ENFILE",
  "EAGAIN",
  "ENOMEM",
  "EIO",
  "EROFS",
]);

/**
 * Tells whether an error is of something that is away and may come back: the object store, the network, Docker, or the machine's own
 * disk while files are brought in or out. No attempt is to blame for it.
 */
export const isAway = (error: unknown): boolean => {
  if (error instanceof Problem && error.code === "unavailable") return true;
  if (!(error instanceof Error)) return false;
  return ("code" in error && awayCodes.has(String(error.code))) || (error.cause !== undefined && isAway(error.cause));
};
