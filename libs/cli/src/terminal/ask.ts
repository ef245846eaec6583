import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { Problem } from "@rollerblade/errors";
import { write } from "./write.ts";

/** Whether somebody is there to be asked. */
export const canAsk = (): boolean => process.stdin.isTTY === true && process.stderr.isTTY === true;

/** Asks for a line; with `hidden` what is typed is not shown. @throws Problem `cancelled` when the input ends */
export const ask = async (
  question: string,
  { hidden = false }: { readonly hidden?: boolean } = {},
): Promise<string> => {
  // A terminal shows nothing by itself while it is read key by key; all that is shown comes from here.
  const output = hidden ? new Writable({ write: (_chunk, _encoding, done) => done() }) : process.stderr;
  const dialogue = createInterface({ input: process.stdin, output, terminal: true });
  // Not before the terminal is silent: whoever types at once would see a password.
  write("stderr", question);
  const over = new AbortController();
  dialogue.once("SIGINT", () => over.abort());
  dialogue.once("close", () => over.abort());
  try {
    return await dialogue.question("", { signal: over.signal });
  } catch (cause) {
    throw new Problem({ code: "cancelled", message: "Nothing was changed." }, { cause });
  } finally {
    dialogue.close();
    if (hidden) write("stderr", "\n");
  }
};
