import { link, lstat, symlink } from "node:fs/promises";
import { join } from "node:path";
import type { DownloadFile } from "@rollerblade/client";
import { hashFile } from "../hash-file.ts";

/**
 * Makes a link to a file of a bucket that is a folder of this machine: a hard one, or a symbolic one where the file
 * system has none across disks. False where the bucket does not hold these very bytes, so that they have to be fetched.
 */
export const linkFile = async (bucket: string, file: DownloadFile, to: string): Promise<boolean> => {
  if (file.sha256 === null || file.url === null) return false;
  const source = join(bucket, "datasets", file.dataset, ...file.path.split("/"));
  const is = await lstat(source).catch(() => null);
  if (is === null || !is.isFile() || is.size !== file.size) return false;
  if ((await hashFile({ path: file.path, location: source, size: is.size })) !== file.sha256) return false;
  await link(source, to).catch((error: NodeJS.ErrnoException) => {
    if (error.code === undefined || !notHard.has(error.code)) throw error;
    return symlink(source, to);
  });
  return true;
};

const notHard: ReadonlySet<string> = new Set(["EXDEV", "EPERM", "EMLINK", "ENOTSUP", "EOPNOTSUPP"]);
