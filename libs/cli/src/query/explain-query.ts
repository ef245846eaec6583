import { catalogRoutes } from "@rollerblade/client";
import { printMessage } from "../messages.ts";
import { printJson, printText, type Reading } from "../print.ts";
import type { Server } from "../server/find-server.ts";
import type { Asked } from "./read-asked.ts";

/** `query … --explain`: the SQL with what is bound to it, and the plan of PostgreSQL. */
export const explainQuery = async (server: Server, body: Asked, { json }: Reading): Promise<void> => {
  const explanation = await server.call(catalogRoutes.checkQuery, { body });
  if (json === true) return printJson(explanation);
  printText(explanation.sql);
  for (const [index, value] of explanation.values.entries()) printText(`  $${index + 1} = ${JSON.stringify(value)}`);
  printText(`\n${explanation.plan.join("\n")}`);
  for (const { field, nearest } of explanation.unseen)
    printMessage(
      `No dataset of yours has ${field}${nearest.length === 0 ? "" : `; did you mean ${nearest.join(" or ")}?`}`,
    );
};
