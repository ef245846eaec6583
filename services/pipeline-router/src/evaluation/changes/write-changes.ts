import type { Transaction } from "@rollerblade/database";
import type { Request } from "../request.ts";
import { beginDecisions } from "./begin-decisions.ts";
import type { Changes } from "./changes.ts";
import { adoptDecisions, endDecisions, restateDecisions } from "./keep-decisions.ts";
import { promoteDecisions } from "./promote-decisions.ts";
import { requestAgain } from "./request-again.ts";

/**
 * Makes the decisions in force what the state calls for, with one statement for each kind of change.
 *
 * Decisions end before others begin, since at most one may be in force for a document, a rule and a slice.
 * @returns the requests that have to be sent in the same transaction
 */
export const writeChanges = async (tx: Transaction, changes: Changes): Promise<Request[]> => {
  await endDecisions(tx, changes.end);
  await restateDecisions(tx, changes.restate);
  await adoptDecisions(tx, changes.adopt);
  const begun = await beginDecisions(tx, changes.begin);
  const promoted = await promoteDecisions(tx, changes.promote);
  const again = await requestAgain(tx, changes.again);
  return [...begun, ...promoted, ...again];
};
