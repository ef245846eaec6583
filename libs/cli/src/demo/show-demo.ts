import type { Result } from "@rollerblade/client";
import { type Cell, printTable, printText } from "../print.ts";
import { resultText, valueText } from "../results/result-text.ts";
import type { DemoDocument } from "./demo-document.ts";

/**
 * Ends the demo: a row a session with its metrics, the results of the whole dataset, and where to look.
 * @param link of the console, where the server goes on
 */
export const showDemo = (
  document: DemoDocument,
  results: readonly Result[],
  place: string | null,
  link: string | null,
): void => {
  const { dataset, scans, executions, derivatives, seconds } = document;
  printText("");
  printMetrics(results);
  printText("");
  const rest = results.filter(({ slice, kind }) => slice.subject === null && kind !== "metric");
  for (const result of rest) printText(`${result.title}: ${resultText(result)}`);
  if (place !== null) printText(`All files: ${place}`);
  printText("");
  printText(
    `${scans} scans of ${dataset}: ${executions.run} executions run, ${executions.cached} cached, ${executions.inPlace} in place, ` +
      `${executions.failed} failed; ${derivatives} derivatives, ${document.results} results in ${seconds} s.`,
  );
  printText("Run it again and nothing runs, because nothing has to. `rollerblade --help` has what else there is.");
  printText(
    link === null
      ? "See all of it in a browser: `npx rollerblade up --open` starts the server again, with its console."
      : `See all of it in a browser: ${link}`,
  );
};

/** Sessions down, metrics across, in the order of the tags. */
const printMetrics = (results: readonly Result[]): void => {
  const metrics = results.filter(({ kind }) => kind === "metric");
  const titles = [...new Set(metrics.map(headOf))];
  const rows = new Map<string, Map<string, Cell>>();
  for (const metric of metrics) {
    const session = JSON.stringify([metric.slice.subject, metric.slice.session]);
    const row = rows.get(session) ?? new Map<string, Cell>();
    row.set(headOf(metric), valueText(metric));
    rows.set(session, row);
  }
  const lines = [...rows]
    .toSorted(([a], [b]) => a.localeCompare(b))
    .map(([session, row]) => lineOf(session, titles, row));
  printTable(["subject", "session", ...titles], lines, "Nothing was measured.");
};

const headOf = ({ title, unit }: Result): string => (unit === null ? title : `${title} (${unit})`);

const lineOf = (session: string, titles: readonly string[], row: ReadonlyMap<string, Cell>): Cell[] => {
  const [subject, label]: Cell[] = JSON.parse(session);
  return [subject, label, ...titles.map((title) => row.get(title))];
};
