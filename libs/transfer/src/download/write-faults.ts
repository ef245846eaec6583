import { Problem } from "@rollerblade/errors";

const reasons: Readonly<Record<string, readonly [message: string, next: string]>> = {
  ENOSPC: ["is full", "Free some space, or choose another disk, and run it again: it goes on where it was."],
  EDQUOT: ["has no room left for you (quota)", "Free some space and run it again: it goes on where it was."],
  EFBIG: ["cannot hold so large a file", "Choose another disk and run it again."],
  EROFS: ["can only be read", "Choose another folder."],
  EACCES: ["may not be written by you", "Choose another folder, or change its permissions."],
  EPERM: ["may not be written by you", "Choose another folder, or change its permissions."],
  ENAMETOOLONG: ["cannot hold a name this long", "Choose a folder with a shorter path, or another disk."],
  EILSEQ: ["cannot hold such a name", "Choose another disk."],
  EIO: ["cannot be written", "Look after the disk."],
};

/** A fault of the file system as a person reads it; anything else as it is. */
export const faultOfWriting = (error: unknown, folder: string, place: string): unknown => {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const [message, next] = reasons[code] ?? [];
  if (error instanceof Problem || message === undefined) return error;
  return new Problem(
    { code: "conflict", message: `The disk of ${folder} ${message}.`, subject: place, next },
    { cause: error },
  );
};
