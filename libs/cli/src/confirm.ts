import { createInterface } from "node:readline/promises";
import { Problem } from "@rollerblade/errors";
import { escapeControls } from "./terminal/escape-controls.ts";

/**
 * Asks for confirmation before something is deleted for good; `--yes` answers in advance.
 * @throws Problem `cancelled` when the answer is no, `invalid` when nobody is there to answer
 */
export const confirm = async (question: string, yes: boolean | undefined): Promise<void> => {
  if (yes === true) return;
  if (process.stdin.isTTY !== true || process.stderr.isTTY !== true) throw nobodyThere(question);
  const dialogue = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await dialogue.question(`${escapeControls(question)} [y/N] `).finally(() => dialogue.close());
  if (!/^y(es)?$/i.test(answer.trim())) throw new Problem({ code: "cancelled", message: "Nothing was changed." });
};

const nobodyThere = (question: string): Problem =>
  new Problem({
    code: "invalid",
    message: `"${question}" needs an answer.`,
    subject: "--yes",
    next: "Add --yes to answer yes in advance.",
  });
