import { catalogRoutes, type DerivativeSummary } from "@rollerblade/client";
import { Problem } from "@rollerblade/errors";
import { confirm } from "../confirm.ts";
import { printMessage } from "../messages.ts";
import { plural } from "../plural.ts";
import { printJson, type Reading } from "../print.ts";
import { findServer, type Server } from "../server/find-server.ts";
import { findDerivative } from "./find-derivative.ts";
import { type DerivativeChoice, derivativesOf } from "./list-derivatives.ts";

/** Derivatives that one command deletes. */
const maxDeleted = 100_000;

/** Runs `derivatives delete`: those with these ids, or all that the flags mean, so that a run computes them anew. */
export const deleteDerivatives = async (
  ids: readonly string[],
  { json, yes, reason, ...choice }: DerivativeChoice & Reading & { readonly yes?: boolean; readonly reason?: string },
): Promise<void> => {
  const server = await findServer();
  const meant = await derivativesMeant(server, ids, choice);
  const [first] = meant;
  if (first !== undefined)
    await confirm(
      `Delete ${meant.length === 1 ? `${first.dataset}/${first.path}` : `${meant.length} derivatives, such as ${first.dataset}/${first.path},`} with what was made from ${meant.length === 1 ? "it" : "them"}?`,
      yes,
    );
  let withdrawn = 0;
  for (const { id } of meant) {
    const answer = await server.call(catalogRoutes.withdrawDerivative, {
      params: { derivative: id },
      body: reason === undefined ? {} : { reason },
    });
    withdrawn += answer.withdrawn;
  }
  if (json === true) return printJson({ withdrawn });
  printMessage(
    `${plural(withdrawn, "derivative")} deleted. A run, or the pipeline that calls for them, makes them anew.`,
  );
};

const derivativesMeant = async (
  server: Server,
  ids: readonly string[],
  choice: DerivativeChoice,
): Promise<readonly DerivativeSummary[]> => {
  const isChosen = Object.values(choice).some((value) => value !== undefined);
  if (ids.length > 0 && !isChosen) return Promise.all(ids.map((id) => findDerivative(server, id)));
  if (ids.length === 0 && isChosen) return derivativesOf(server, choice, maxDeleted);
  throw new Problem({
    code: "invalid",
    message: "It takes either ids or flags that say which derivatives are meant.",
    subject: "derivatives delete",
    next: "See them with `rollerblade derivatives list`.",
  });
};
