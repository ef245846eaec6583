import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";

const execute = promisify(execFile);

/** The command line of a running process, or null when there is none (a zombie has none either). */
export const commandLineOf = async (pid: number): Promise<string | null> => {
  const text = process.platform === "linux" ? await fromProc(pid) : await fromPs(pid);
  return text === "" ? null : text;
};

const fromProc = (pid: number): Promise<string> =>
  readFile(`/proc/${pid}/cmdline`, "utf8").then(
    (text) => text.replaceAll("\0", " ").trim(),
    () => "",
  );

const fromPs = (pid: number): Promise<string> =>
  execute("ps", ["-ww", "-o", "command=", "-p", String(pid)]).then(
    ({ stdout }) => stdout.trim(),
    () => "",
  );
