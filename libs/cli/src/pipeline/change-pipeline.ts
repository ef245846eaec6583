import { routerRoutes } from "@rollerblade/client";
import { printMessage } from "../messages.ts";
import { plural } from "../plural.ts";
import { printJson, type Reading } from "../print.ts";
import { findServer } from "../server/find-server.ts";

/** `pipeline retry NAME`. */
export const retryPipeline = async (
  name: string,
  { json, rule, dataset }: Reading & { readonly rule?: string; readonly dataset?: string },
): Promise<void> => {
  const server = await findServer();
  const outcome = await server.call(routerRoutes.retryPipeline, { params: { name }, body: { rule, dataset } });
  if (json === true) return printJson(outcome);
  printMessage(`${plural(outcome.retried, "slice")} will be tried again.`);
};

/** `pipeline remove NAME`. */
export const removePipeline = async (name: string): Promise<void> => {
  const server = await findServer();
  await server.call(routerRoutes.removePipeline, { params: { name } });
  printMessage(`${name} is no longer in force; its results stay.`);
};
