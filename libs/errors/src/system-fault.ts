import { Problem } from "./problem.ts";
import type { ProblemCode } from "./problem-types.ts";

/** What the operating system refused, as a person reads it. */
type SystemFault = {
  readonly code: ProblemCode;
  /** One sentence about a path, or about `it` where none is known. */
  readonly message: (place: string) => string;
  readonly next: string;
};

const denied: SystemFault = {
  code: "conflict",
  message: (place) => `You are not allowed to use ${place}.`,
  next: "Change its permissions, or choose another place.",
};

const diskFull = (place: string): string => (place === "" ? "The disk is full." : `The disk of ${place} is full.`);

/** Making a folder with those above it fails with ENOENT on a disk that can only be read, too. */
const isMissingParent = (error: Error): boolean =>
  "code" in error && error.code === "ENOENT" && "syscall" in error && error.syscall === "mkdir";

const noFolderCanBeMade = (place: string): string =>
  `The folder ${place} cannot be made: the one above it does not exist, or its disk can only be read.`;

/** By the codes of errno(3). */
const faults: Readonly<Record<string, SystemFault>> = {
  ENOSPC: {
    code: "conflict",
    message: diskFull,
    next: "Free some space, or choose another disk, and run it again.",
  },
  EDQUOT: {
    code: "conflict",
    message: (place) => `The disk of ${place} has no room left for you (quota).`,
    next: "Free some space and run it again.",
  },
  EFBIG: {
    code: "conflict",
    message: (place) => `The disk of ${place} cannot hold so large a file.`,
    next: "Choose another disk and run it again.",
  },
  EROFS: {
    code: "conflict",
    message: (place) => `The disk of ${place} can only be read.`,
    next: "Choose another folder.",
  },
  EACCES: denied,
  EPERM: denied,
  ENOENT: {
    code: "not-found",
    message: (place) => `There is no file or folder ${place}.`,
    next: "Correct the path.",
  },
  ENOTDIR: {
    code: "invalid",
    message: (place) =>
      `${place} leads through a file as if that were a folder, or is a file where a folder is needed.`,
    next: "Correct the path.",
  },
  EISDIR: {
    code: "invalid",
    message: (place) => `${place} is a folder, and a file is needed.`,
    next: "Name a file in it.",
  },
  EEXIST: {
    code: "conflict",
    message: (place) => `${place} exists already.`,
    next: "Choose another name, or remove what is there.",
  },
  ENAMETOOLONG: {
    code: "conflict",
    message: (place) => `The disk of ${place} cannot hold a name this long.`,
    next: "Choose a folder with a shorter path, or another disk.",
  },
  EILSEQ: {
    code: "conflict",
    message: (place) => `The disk of ${place} cannot hold such a name.`,
    next: "Choose another disk.",
  },
  ELOOP: {
    code: "invalid",
    message: (place) => `${place} is a link that leads to itself.`,
    next: "Correct the link.",
  },
  EIO: {
    code: "conflict",
    message: (place) => `The disk of ${place} cannot be read or written.`,
    next: "Check the disk.",
  },
  EMFILE: {
    code: "conflict",
    message: () => "Too many files are open at once in this process.",
    next: "Raise the limit, for example with `ulimit -n 65536`, and run it again.",
  },
  ENFILE: {
    code: "conflict",
    message: () => "Too many files are open at once on this machine.",
    next: "End other programs, or ask the administrator of the machine.",
  },
};

/**
 * Turns a fault of the file system into a problem that a person understands; null for anything else.
 * @param place what it is about; by default the path that the system names
 * @example problemOfSystem(error)?.message // The disk of /data is full.
 */
export const problemOfSystem = (error: unknown, place?: string): Problem | null => {
  if (!(error instanceof Error) || error instanceof Problem) return null;
  const fault = "code" in error ? faults[String(error.code)] : undefined;
  const path = "path" in error && typeof error.path === "string" ? error.path : undefined;
  if (fault === undefined) return null;
  const named = place ?? path;
  // A write to an open file names none. Of other faults without a path some part of the program knows what they are about.
  if (named === undefined && fault.message !== diskFull) return null;
  return new Problem(
    {
      code: fault.code,
      message: isMissingParent(error) ? noFolderCanBeMade(named ?? "") : fault.message(named ?? ""),
      ...(named !== undefined && { subject: named }),
      next: fault.next,
    },
    { cause: error },
  );
};
