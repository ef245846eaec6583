import { type DeadLetterEntry, gatewayRoutes, readAll } from "@rollerblade/client";
import { printMessage } from "../messages.ts";
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

/** Runs `dead-letters replay ID…`: delivers messages again, to the one consumer that gave them up. */
export const replayDeadLetters = async (ids: readonly string[]): Promise<void> => {
  const server = await findServer();
  for (const id of ids) {
    await server.call(gatewayRoutes.replayDeadLetter, { params: { id } });
    printMessage(`${id} is delivered to its consumer again.`);
  }
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
