import { catalogRoutes, schedulerRoutes } from "@rollerblade/client";
import { Problem } from "@rollerblade/errors";
import { downloadFiles } from "@rollerblade/transfer";
import { printMessage } from "../messages.ts";
import { plural } from "../plural.ts";
import { formatBytes, printJson, type Reading } from "../print.ts";
import { resumable } from "../resumable.ts";
import { findServer } from "../server/find-server.ts";
import { findRunId } from "./find-id.ts";
import { outputsOfRun } from "./run-outputs.ts";

/** Runs `runs download RUN FOLDER`: the outputs of its slices, each dataset in a folder of its own name. */
export const downloadRun = async (
  text: string,
  directory: string,
  { json, force = false }: Reading & { readonly force?: boolean },
): Promise<void> => {
  const client = await findServer();
  const run = await findRunId(client, text);
  const { analysis } = await client.call(schedulerRoutes.showRun, { params: { id: run } });
  const outputs = (await outputsOfRun(client, { id: run, analysis })).flatMap((one) => one.outputs);
  if (outputs.length === 0)
    throw new Problem({
      code: "not-found",
      message: `The run ${run} has no outputs that are in force.`,
      subject: run,
      next: `See what became of its slices with \`rollerblade runs show ${run}\`.`,
    });
  const link = (dataset: string, path: string) => client.call(catalogRoutes.linkFile, { query: { dataset, path } });
  const files = async function* () {
    for (const { dataset, path } of outputs) yield await link(dataset, path);
  };
  const report = await resumable(() =>
    downloadFiles({
      ...{ files: files(), directory, force },
      placeOf: ({ dataset, path }) => `${dataset}/${path}`,
      renew: ({ dataset, path }) => link(dataset, path),
    }),
  );
  if (json === true) return printJson({ ...report, stale: report.stale.length });
  const kept = report.kept === 0 ? "" : `; ${report.kept} were there already`;
  printMessage(`${directory}: ${plural(report.fetched, "file")}, ${formatBytes(report.bytes)}${kept}.`);
};
