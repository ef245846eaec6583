import { catalogRoutes } from "@rollerblade/client";
import type { Command } from "commander";
import { printText } from "../print.ts";
import { findServer } from "../server/find-server.ts";
import { complete } from "./complete.ts";
import { completionScript } from "./script.ts";

/** Runs `completion SHELL`: prints the script that the shell loads at its start. */
export const printScript = (shell: string): void => printText(completionScript(shell));

/** Fields that a shell offers: a longer list is of no help to choose from. */
const maxNames = 200;

/** `complete -- WORDS`: one candidate a line; without a server, commands and options alone. */
export const printCompletions = async (program: Command, words: readonly string[]): Promise<void> => {
  const fields = async (prefix: string): Promise<string[]> => {
    try {
      const server = await findServer();
      const { items } = await server.call(catalogRoutes.listFields, { query: { prefix, limit: maxNames } });
      return items.map(({ name }) => name);
    } catch {
      return [];
    }
  };
  const found = await complete(program, words, fields);
  if (found.length > 0) printText(found.join("\n"));
};
