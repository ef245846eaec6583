import { type DeadLetterEntry, gatewayRoutes, readAll } from "@rollerblade/client";
import { printMessage } from "../messages.ts";
import { plural } from "../plural.ts";
import { formatTime, printJson, printTable, printText, type Reading } from "../print.ts";
import { findServer } from "../server/find-server.ts";

/** Runs `dead-letters list`: the messages that a service has given up, the newest first. */
export const listDeadLetters = async ({ json, limit }: Reading & { readonly limit: number }): Promise<void> => {
  const server = await findServer();
  const letters = await readAll(
    (after) => server.call(gatewayRoutes.listDeadLetters, { query: { limit: Math.min(limit, 1000), after } }),
    limit,
  );
  if (json === true) return printJson(letters);
  printTable(
    ["dead letter", "subject", "deliveries", "why", "since"],
    letters.map((letter) => [letter.id, letter.subject, letter.deliveries, letter.reason, formatTime(letter.time)]),
    "No dead letters: every event was handled.",
  );
};

/** Runs `dead-letters show ID`: a message with the reason why its consumer gave it up. */
export const showDeadLetter = async (id: string, { json }: Reading): Promise<void> => {
  const server = await findServer();
  const letter = await server.call(gatewayRoutes.showDeadLetter, { params: { id } });
  if (json === true) return printJson(letter);
  for (const [label, value] of linesOf(letter)) printText(`${`${label}:`.padEnd(12)}${value}`);
  if (letter.stack !== "") printText(`\n${letter.stack}`);
  printMessage(`Once the cause is fixed, deliver it again with \`rollerblade dead-letters replay ${id}\`.`);
};

/** Runs `dead-letters list --grouped`: by consumer and cause, with the newest of each. */
export const groupDeadLetters = async ({ json }: Reading): Promise<void> => {
  const server = await findServer();
  const groups = await server.call(gatewayRoutes.groupDeadLetters, {});
  if (json === true) return printJson(groups);
  printTable(
    ["letters", "consumer", "topic", "why", "newest", "since"],
    groups.items.map((one) => [one.count, one.durable, one.topic ?? "–", one.reason, one.newest, formatTime(one.from)]),
    "No dead letters: every event was handled.",
  );
  if (groups.more) printMessage("There are further dead letters that were not looked at.");
};

/** Which letters beside the named one are meant, and whether they are only counted. */
type LikeOptions = { readonly like?: boolean; readonly dryRun?: boolean };

/** Runs `dead-letters replay ID…`: delivers messages again, to the one consumer that gave them up. */
export const replayDeadLetters = async (
  ids: readonly string[],
  { like = false, dryRun = false }: LikeOptions,
): Promise<void> => {
  const server = await findServer();
  for (const id of ids) {
    if (like) {
      const { letters } = await server.call(gatewayRoutes.replayDeadLetters, { body: { like: id, dryRun } });
      printMessage(`${plural(letters, "event")} ${dryRun ? "would be" : "are"} delivered again.`);
    } else if (dryRun) {
      await server.call(gatewayRoutes.showDeadLetter, { params: { id } });
      printMessage(`${id} would be delivered again.`);
    } else {
      await server.call(gatewayRoutes.replayDeadLetter, { params: { id } });
      printMessage(`${id} is delivered to its consumer again.`);
    }
  }
};

/** Runs `dead-letters discard ID`: deletes a message that its consumer gave up. */
export const discardDeadLetters = async (
  id: string,
  { like = false, dryRun = false, reason }: LikeOptions & { readonly reason: string },
): Promise<void> => {
  const server = await findServer();
  const body = { like: id, only: !like, dryRun, reason };
  const { letters } = await server.call(gatewayRoutes.discardDeadLetters, { body });
  printMessage(`${plural(letters, "dead letter")} ${dryRun ? "would be discarded" : "discarded"}.`);
};

const linesOf = (letter: DeadLetterEntry): [string, string | number][] => [
  ["Event", letter.event],
  ["Subject", letter.subject],
  ["Consumer", letter.durable],
  ["Why", letter.reason],
  ["Deliveries", letter.deliveries],
  ["Since", formatTime(letter.time)],
  ["Place", `${letter.stream} ${letter.sequence}`],
  ...Object.entries(letter.headers).map(([name, value]): [string, string] => [name, value]),
];
