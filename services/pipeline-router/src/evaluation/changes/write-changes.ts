import type { Transaction } from "@rollerblade/database";
import type { ServiceEvents } from "@rollerblade/events";
import type { Request } from "../request.ts";
import { announceCalls, type Call } from "./announce-calls.ts";
import { beginDecisions } from "./begin-decisions.ts";
import type { BeginDecision, Changes, PromoteDecision } from "./changes.ts";
import { adoptDecisions, endDecisions, restateDecisions } from "./keep-decisions.ts";
import { promoteDecisions } from "./promote-decisions.ts";
import { requestAgain } from "./request-again.ts";

/**
 * Makes the decisions in force what the state calls for, with one statement for each kind of change, and announces what is called for.
 *
 * Decisions end before others begin, since at most one may be in force for a document, a rule and a slice.
 * @returns the requests that have to be sent in the same transaction
 */
export const writeChanges = async (
  tx: Transaction,
  events: Pick<ServiceEvents, "emitAll">,
  changes: Changes,
): Promise<Request[]> => {
  const ended = await endDecisions(tx, changes.end);
  await restateDecisions(tx, changes.restate);
  await adoptDecisions(tx, changes.adopt);
  const begun = await beginDecisions(tx, changes.begin);
  const promoted = await promoteDecisions(tx, changes.promote);
  await announceCalls(tx, events, [...ended, ...[...changes.begin, ...changes.promote].flatMap(callOf)]);
  const again = await requestAgain(tx, changes.again);
  return [...begun, ...promoted, ...again];
};

/** What a new decision calls for; a note calls for nothing, as whatever was there before it. */
const callOf = ({ document, rule, verdict: { slice, call } }: BeginDecision | PromoteDecision): Call[] => {
  if (call.kind !== "run") return [];
  const { analysis, version, parametersHash } = rule.lock;
  return [
    {
      document: document.name,
      rule: rule.name,
      analysis,
      version,
      parametersHash,
      slice,
      key: call.key,
      covered: true,
    },
  ];
};
