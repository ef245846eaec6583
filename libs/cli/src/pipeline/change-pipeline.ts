import { routerRoutes } from "@rollerblade/client";
import { printMessage } from "../messages.ts";
import { plural } from "../plural.ts";
import { printJson, type Reading } from "../print.ts";
import { findServer } from "../server/find-server.ts";

/** Runs `pipeline retry NAME`: slices that have failed are requested again, all or those of a rule or a dataset. */
export const retryPipeline = async (
  name: string,
  { json, rule, dataset }: Reading & { readonly rule?: string; readonly dataset?: string },
): Promise<void> => {
  const server = await findServer();
  const outcome = await server.call(routerRoutes.retryPipeline, { params: { name }, body: { rule, dataset } });
  if (json === true) return printJson(outcome);
  printMessage(`${plural(outcome.retried, "slice")} will be tried again.`);
};

/** Runs `pipeline remove NAME`: the document decides nothing more, and its results stay. */
export const removePipeline = async (name: string): Promise<void> => {
  const server = await findServer();
  await server.call(routerRoutes.removePipeline, { params: { name } });
  printMessage(`${name} is no longer in force; its results stay.`);
};
