import type { RunFailure, RunOutput } from "@rollerblade/client";
import { printMessage } from "../messages.ts";
import { plural } from "../plural.ts";
import { formatBytes } from "../print.ts";
import { plainLog } from "../terminal/escape-controls.ts";

/** Characters of a reason that are printed: it may end with many lines of a log, and `runs log` has all of it. */
const maxReasonLength = 300;

/** Prints where the results of a run are and how to get them, and why slices failed, one line for each cause. */
export const printResults = ({
  id,
  outputs,
  failures,
}: {
  readonly id: string;
  readonly outputs: readonly RunOutput[];
  readonly failures: readonly RunFailure[];
}): void => {
  for (const { dataset, folder, files, bytes, example } of outputs)
    printMessage(
      `Results: ${plural(files, "file")} (${formatBytes(bytes)}) in ${folder} of ${dataset}, such as ${example.slice(folder.length + 1)}`,
    );
  if (outputs.length > 0)
    printMessage(
      `Get them with \`rollerblade runs download ${id} FOLDER\`; list them with \`rollerblade runs show ${id} --outputs\`.`,
    );
  for (const { reason, count, task } of failures) {
    const text = reason.length > maxReasonLength ? `${reason.slice(0, maxReasonLength)} …` : reason;
    printMessage(
      plainLog(
        `${count} failed: ${text}\n  See the output of one with \`rollerblade runs log ${task}\`; try these again with \`rollerblade runs retry ${id} --like ${task}\`.`,
      ),
    );
  }
};
