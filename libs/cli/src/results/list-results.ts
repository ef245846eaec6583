import { printJson, printTable, type Reading } from "../print.ts";
import { findServer } from "../server/find-server.ts";
import { sliceName } from "../slice-name.ts";
import { type ResultFilter, readResults } from "./read-results.ts";
import { resultText } from "./result-text.ts";

/** `results`: what a front end would show, in its order. */
export const listResults = async ({
  json,
  dataset,
  subject,
  session,
  tag,
  level,
}: Reading & ResultFilter): Promise<void> => {
  const filter = {
    dataset,
    subject: subject?.replace(/^sub-/, ""),
    session: session?.replace(/^ses-/, ""),
    tag,
    level,
  };
  const results = await readResults(await findServer(), filter);
  if (json === true) return printJson(results);
  printTable(
    ["slice", "title", "kind", "result", "analysis", "document"],
    results.map((result) => [
      ...[sliceName(result.slice), result.title, result.kind, resultText(result)],
      ...[`${result.derivative.analysis} ${result.derivative.version}`, result.document],
    ]),
    "No results yet. A pipeline with tags makes them: `rollerblade pipeline show`.",
  );
};
