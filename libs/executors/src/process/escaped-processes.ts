import { readdirSync, readlinkSync } from "node:fs";
import { processIds, processStatus, readProcessFile } from "./process-groups.ts";

/** What a process of an attempt is known by when it has left the attempt's group. */
export type AttemptMarks = {
  /** The process that led the group; everything that the attempt started is younger. */
  readonly group: number;
  /** Folder of the attempt. */
  readonly folder: string;
  /** Where its output goes, as `/proc/<pid>/fd/1` shows it: `socket:[4711]`. Empty when unknown. */
  readonly output: string;
};

/** Reads where the output of a process goes; empty where there is no `/proc`. */
export const outputOf = (pid: number): string => readLink(`/proc/${pid}/fd/1`);

/**
 * Finds processes that an attempt left outside of its group (`setsid`, a daemon): those whose environment names its folder, that work
 * or have a file open in it, or that still hold its output. Only processes that were made after the group's leader are looked at, which
 * are few; where process ids have begun again from below, the sweep finds them by their environment. What has cast off all of
 * these cannot be told from a process of the account's own.
 */
export const escapedProcesses = ({ group, folder, output }: AttemptMarks): number[] =>
  processIds().filter((pid) => {
    if (pid <= group || processStatus(pid)?.group === group) return false;
    return (
      environmentNames(pid, folder) || isWithin(readLink(`/proc/${pid}/cwd`), folder) || holds(pid, folder, output)
    );
  });

const environmentNames = (pid: number, folder: string): boolean =>
  readProcessFile(pid, "environ")
    .split("\0")
    .some((line) => line.startsWith(`ROLLERBLADE_OUT=${folder}/`));

const holds = (pid: number, folder: string, output: string): boolean => {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((fd) => {
      const target = readLink(`/proc/${pid}/fd/${fd}`);
      return (output !== "" && target === output) || isWithin(target, folder);
    });
  } catch {
    // It ended, or is somebody else's.
    return false;
  }
};

const isWithin = (path: string, folder: string): boolean => path === folder || path.startsWith(`${folder}/`);

const readLink = (path: string): string => {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
};
