import { catalogRoutes, type Explanation, readAll, routerRoutes } from "@rollerblade/client";
import { Problem } from "@rollerblade/errors";
import { formatTime, printJson, printTable, type Reading } from "../print.ts";
import { findServer, type Server } from "../server/find-server.ts";
import { sliceName } from "../slice-name.ts";

/** Options of `pipeline explain`. */
export type ExplainOptions = Reading & {
  readonly subject: string;
  readonly session?: string;
  readonly scan?: string;
  readonly dataset?: string;
};

/** `pipeline explain --subject 01`: why each rule did or did not run. */
export const explain = async (options: ExplainOptions): Promise<void> => {
  const server = await findServer();
  const dataset = options.dataset ?? (await onlyDataset(server));
  const query = {
    dataset,
    subject: options.subject.replace(/^sub-/, ""),
    session: options.session?.replace(/^ses-/, ""),
    scan: options.scan,
  };
  const items = await readAll((after) => server.call(routerRoutes.explain, { query: { ...query, after } }));
  if (options.json === true) return printJson(items);
  printTable(
    ["rule", "runs", "slice", "why", "outcome", "since", "before"],
    items.map(rowOf),
    `No pipeline document in force applies to ${dataset}.`,
  );
};

const rowOf = ({ rule, analysis, version, slice, reason, outcome, since, before }: Explanation) => [
  ...[rule, `${analysis} ${version}`, slice === null ? null : sliceName(slice)],
  ...[reason, outcome === null ? null : outcomeText(outcome), formatTime(since), beforeText(before)],
];

const outcomeText = (outcome: NonNullable<Explanation["outcome"]>): string =>
  outcome === "asked" ? "under way" : outcome === "ran" ? "executed" : outcome;

/** What became of the last execution that is no longer called for: `1.0.0 executed, superseded`. */
const beforeText = (before: Explanation["before"]): string | null => {
  if (before === null) return null;
  const { version, outcome, endedWhy } = before;
  return `${version} ${outcome === null ? "not requested" : outcomeText(outcome)}${endedWhy === "" ? "" : `, ${endedWhy}`}`;
};

/** With one dataset nobody wants to name it. @throws Problem `invalid` when there are more, or none */
const onlyDataset = async (server: Server): Promise<string> => {
  const { items } = await server.call(catalogRoutes.listDatasets, { query: { limit: 10 } });
  const [only] = items;
  if (only !== undefined && items.length === 1) return only.name;
  throw new Problem({
    code: "invalid",
    message: items.length === 0 ? "There is no dataset yet." : "There is more than one dataset.",
    subject: "--dataset",
    next: items.length === 0 ? "Import one with `rollerblade dataset import DIR`." : "Name one with --dataset.",
    findings: items.map(({ name }) => ({ where: name, message: "is one of them" })),
  });
};
