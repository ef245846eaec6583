import { catalogRoutes, type DatasetSummary, readAll } from "@rollerblade/client";
import { formatBytes, formatTime, printJson, printTable, printText, type Reading } from "../print.ts";
import { findServer } from "../server/find-server.ts";

/** Runs `dataset list`: the datasets that one may read, by name. */
export const listDatasets = async ({ json }: Reading): Promise<void> => {
  const server = await findServer();
  const datasets = await readAll((after) => server.call(catalogRoutes.listDatasets, { query: { limit: 1000, after } }));
  if (json === true) return printJson(datasets);
  printTable(
    ["dataset", "subjects", "sessions", "scans", "size", "derivatives", "changed"],
    datasets.map((dataset) => [
      ...[
        dataset.name,
        dataset.subjects,
        dataset.sessions,
        dataset.scans,
        formatBytes(dataset.bytes),
        dataset.derivatives,
      ],
      formatTime(dataset.updatedAt),
    ]),
    "No datasets yet. Import one with `rollerblade dataset import DIR`.",
  );
};

/** Runs `dataset show NAME`: one dataset with its statistics. */
export const showDataset = async (name: string, { json }: Reading): Promise<void> => {
  const server = await findServer();
  const dataset = await server.call(catalogRoutes.showDataset, { params: { dataset: name } });
  if (json === true) return printJson(dataset);
  for (const [label, value] of linesOf(dataset)) printText(`${`${label}:`.padEnd(14)}${value}`);
};

const linesOf = (dataset: DatasetSummary): [string, string | number][] => [
  ["Dataset", dataset.name],
  ["Title", String(dataset.description.Name ?? "–")],
  ...(dataset.source === null ? [] : [["Derived from", dataset.source] satisfies [string, string]]),
  ["Subjects", dataset.subjects],
  ["Sessions", dataset.sessions],
  ["Scans", dataset.scans],
  ["Files", `${dataset.files} (${formatBytes(dataset.bytes)})`],
  ["Derivatives", `${dataset.derivatives} (${formatBytes(dataset.derivativeBytes)})`],
  ["Imported", formatTime(dataset.createdAt)],
  ["Changed", formatTime(dataset.updatedAt)],
];
